"""The same small network behind three servers. The modules here that are not ours run without the project."""
