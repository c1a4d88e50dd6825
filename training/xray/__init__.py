"""Training on rendered X-ray scans: the detector and the embedder of that bundle, and their data."""
