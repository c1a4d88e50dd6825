"""Measures how well a place is aligned with filed artwork, and how well deviations from it are seen."""
