"""The self-test of a mark: run when it is recorded, kept, shown with it."""
