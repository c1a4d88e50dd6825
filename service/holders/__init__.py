"""Right holders and who represents them."""
