"""The benchmark of speed: how long the deployed models take, and how much room they need."""
