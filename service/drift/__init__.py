"""Drift: whether what comes in, or what is made of it, is still as it was; and how accurate the routine is."""
