"""Is the service alive, ready, and how is it doing."""
