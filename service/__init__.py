"""The service: stations post photographs, officers decide alerts. Start it with `tidewaiter serve`."""
