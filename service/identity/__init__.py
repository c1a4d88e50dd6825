"""Identities: who signs in, what they may do, and where."""
