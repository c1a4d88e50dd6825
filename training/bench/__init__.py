"""The benchmark of recognition: how long the deployed models take, and how much room they need."""
