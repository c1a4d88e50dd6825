"""By what a view was taken, as it is stored."""

from typing import cast

from inference.vocabulary import Modality


def as_modality(stored: str) -> Modality:
    """The modality of a stored view."""
    if stored not in ("photo", "xray"):
        raise ValueError(f"modality must be photo or xray, got {stored!r}")
    return cast("Modality", stored)
