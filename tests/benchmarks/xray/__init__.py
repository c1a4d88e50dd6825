"""What X-ray recognition is measured by: `make bench-xray`."""
