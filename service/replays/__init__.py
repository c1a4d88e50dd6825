"""Verdicts reached again: by the registry as it was, the same photographs, and the models that are deployed now."""
