"""Releases of models: proven, gated, approved by two people, tried in the shadow, rolled out, rolled back."""
