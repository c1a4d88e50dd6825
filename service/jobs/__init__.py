"""Long work that must not be lost."""
