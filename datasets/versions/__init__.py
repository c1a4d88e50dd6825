"""Versions of a labelled set: fixed for good, split by parcel and sender, checked, described, compared."""
