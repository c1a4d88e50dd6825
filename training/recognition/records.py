"""What one pass over the pictures leaves behind for the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from training.evaluation.records import Observation, RankedCrop
from training.recognition.kinds import Kind

SHIPPED = "shipped"  # the deployed pipeline
UNREAD = "no_reader"  # the same without the reader
UNVERIFIED = "no_verifier"  # the same without the verifier
INSIDE = "inside"  # the same, and lines beside a box are not read
SIFT = "sift"
IMAGENET = "imagenet"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One picture: what the deployed pipeline made of it, and its rivals.

    `crops` has the same boxes in the same order for each competitor. `strongest` is the highest score with the whole
    registry and with each of the random ones, minus infinity where nothing was found; only for clean pictures.
    """

    observation: Observation
    crops: Mapping[str, tuple[RankedCrop, ...]] = field(default_factory=dict)
    strongest: tuple[float, ...] = ()
    sift_ms: float | None = None  # whole photograph; None where it was not timed


@dataclass(frozen=True, kw_only=True)
class Results:
    """All that was seen, and what is needed to judge it."""

    seen: Sequence[Seen]  # pictures of the set
    clean: Sequence[Seen]  # further pictures without any recorded mark
    registered: frozenset[str]  # right holders
    kinds: Mapping[str, Kind]  # of right holders with annotated boxes; empty if there is no reader to tell
    marks: tuple[int, int]  # recorded in the whole registry, and in each random one
    absent: Mapping[str, str]  # competitor -> why it did not take part

    def crops(self, competitor: str, kind: Kind | None = None) -> list[RankedCrop]:
        """All boxes as a competitor ranked them, or those of one kind of right holder."""
        ranked = [crop for seen in self.seen for crop in seen.crops.get(competitor, ())]
        return [crop for crop in ranked if kind is None or self.kinds.get(crop.holder) == kind]
