"""X-ray scans: readers, materials, the pictures that nets and officers see, and the artwork marks are sought by."""
