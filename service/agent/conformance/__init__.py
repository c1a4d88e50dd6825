"""A scripted station that tries all that integrators rely on against any deployment, and reports what it found."""
