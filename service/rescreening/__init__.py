"""Rescreening: a mark that is recorded today is looked for in what was seen before, and so are new models' findings."""
