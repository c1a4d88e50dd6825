"""The files X-ray scans come in. Each format is a room of its own behind the one interface of `planes.Reader`."""
