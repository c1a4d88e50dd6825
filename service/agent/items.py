"""The agent's vocabulary: images, scans that wait, and what came of them."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

Lane = Literal["live", "handheld", "bulk"]
LANES: tuple[Lane, ...] = ("live", "handheld", "bulk")  # the most urgent first
Failing = Literal["fail_open", "fail_closed"]
OUTCOME = {"fail_open": "pass", "fail_closed": "divert"}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One image file as it was taken."""

    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        """What tells it from others."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, kw_only=True)
class NewItem:
    """A scan that is complete and can be spooled. Its files are named as they are in the folder."""

    parcel: str
    lane: Lane
    pictures: tuple[Picture, ...]
    metadata: dict[str, Any] = field(default_factory=dict)  # as the service wants it, but for station and moments
    files: tuple[str, ...] = ()  # all that belong to it, sidecar and all: removed once it is spooled
    answer_within: float | None = None  # seconds

    @property
    def mark(self) -> str:
        """Names and contents: the same files are taken once, also if the agent died before it removed them."""
        lines = [f"{picture.name} {picture.sha256}" for picture in self.pictures]
        return hashlib.sha256("\n".join((self.parcel, *lines)).encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(kw_only=True)
class Item:
    """A scan in the spool. Moments are seconds: `created_at` and `answer_by` since 1970, the others monotonic."""

    id: int
    key: str
    parcel: str
    lane: Lane
    metadata: dict[str, Any]
    size: int
    created_at: float
    answer_by: float | None = None
    deadline: float | None = None  # `answer_by` by a clock that nobody sets
    next_try: float = 0.0
    attempts: int = 0
    verdict: dict[str, Any] | None = None  # once it is given, it is not given again
    scan: str | None = None  # once the service has it


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What goes for the station when no answer comes, by supervision mode."""

    default: Failing = "fail_closed"
    modes: dict[str, Failing] = field(default_factory=dict)
    answer_within: float | None = None  # seconds

    def of(self, mode: str | None) -> Failing:
        """How the station fails for a parcel."""
        return self.default if mode is None else self.modes.get(mode, self.default)
