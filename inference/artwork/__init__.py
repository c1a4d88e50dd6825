"""Registered artwork: the table that lists it, the checks that make it safe, and its pixels."""
