"""Recorded marks and their reference artwork."""
