"""Finding recordations by what is known of them."""
