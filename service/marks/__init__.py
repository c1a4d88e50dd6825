"""Marks by themselves: recorded in short, shown, listed, removed."""
