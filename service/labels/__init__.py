"""Labels: what officers, right holders and audited sets say of places in pictures, for models to learn from."""
