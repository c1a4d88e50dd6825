"""The audit: who did what, when, to what; each entry bound to the one before it."""
