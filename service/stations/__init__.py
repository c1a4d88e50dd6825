"""Inspection stations: what each was promised, how it acts when no answer comes in time, and how it is doing."""
