"""Registries in and out: files of many formats, read one recordation at a time."""
