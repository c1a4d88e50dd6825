"""Scans: what stations post, and what was found in it."""
