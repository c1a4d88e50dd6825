"""What the archive gives out."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Kept(NamedTuple):
    """A view as it is searched."""

    scan_id: str
    view: int
    detections: int
    vectors: bytes
    facts: bytes


class Marked(NamedTuple):
    """A view as its matches are looked through."""

    scan_id: str
    view: int
    facts: bytes
    marks: list[list[str]]
    station: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What the archive holds of one embedder."""

    embedder: str
    views: int
    detections: int
    first: datetime
    last: datetime
    size: int  # bytes of vectors and facts
