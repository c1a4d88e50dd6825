"""Retraining: officers' labels and the champion become a candidate, or a reasoned refusal. See `__main__`."""
