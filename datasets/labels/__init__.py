"""Labelled pictures: what is written down of them, checked, and exchanged in five formats."""
