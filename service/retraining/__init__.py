"""Retraining: what officers said becomes a candidate. The training itself is a process of its own."""
