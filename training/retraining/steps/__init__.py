"""The steps of a run, one module each; their order and why it is so are told in `training.retraining.course`."""
