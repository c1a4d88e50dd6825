"""The score: what was seen of a match becomes the probability that the mark is there. Pure; fitted in training.

`Calibration` is the first look's, over similarity, words and size; `SecondLook` adds to it what laying the filed
artwork on the photograph said.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeVar

from inference.errors import BadBundle
from inference.fitting import beyond_chance
from inference.vocabulary import Detection

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Weights = TypeVar("Weights", bound="DataclassInstance")

REFERENCE_SIZE = 64.0  # px: the size at which the size term is nothing
NEVER_AGAINST = ("margin", "wording", "verified", "detection", "rarity")  # weights that are not negative
SURE = 1e-6  # scores are kept this far from 0 and 1, where their odds have no end


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """p = sigmoid(intercept + similarity s + margin m + wording √w + verified v + detection d + size z + rarity r).

    s is the cosine similarity, m its lead over the best other right holder or over the cohort, whichever is nearer
    (negative for a runner-up, 0 if there is neither), as far as no word was read; w how much of the mark's word was
    read, v what the comparison place by place added, d the detector's score, z log2(px / 64) of
    the square root of the box's area, r how unlike ordinary things the artwork is, 1 if nobody knows.
    Fitted in training.
    """

    intercept: float
    similarity: float
    margin: float = 0.0
    wording: float = 0.0
    verified: float = 0.0
    detection: float = 0.0
    size: float = 0.0
    rarity: float = 0.0

    def __post_init__(self) -> None:
        for name in (f.name for f in fields(self)):
            if not math.isfinite(getattr(self, name)):
                raise ValueError(f"{name} must be finite, got {getattr(self, name)}")
        against = [name for name in NEVER_AGAINST if getattr(self, name) < 0]
        if self.similarity <= 0 or against:
            given = ", ".join(f"{name} {getattr(self, name)}" for name in ("similarity", *against))
            raise ValueError(f"likeness never speaks against a mark; got {given}")

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> "Calibration":
        """Return the calibration in a bundle's `config`; raises BadBundle for a missing, unknown or senseless key."""
        return weights_of(cls, "calibration", {"rarity": 0.0, **config})  # older bundles know of no ordinary things

    def score(
        self,
        *,
        similarity: float,
        margin: float,
        seen: Detection,
        wording: float = 0.0,
        verified: float = 0.0,
        rarity: float = 1.0,
    ) -> float:
        """Return the probability, 0..1, that the mark is there; a box's size counts as at least one pixel."""
        octaves = math.log2(max(seen.size, 1.0) / REFERENCE_SIZE)
        logit = self.intercept + self.similarity * similarity + self.margin * margin
        logit += self.wording * told(wording) + self.verified * verified
        logit += self.detection * seen.score + self.size * octaves + self.rarity * rarity
        return _sigmoid(logit)


@dataclass(frozen=True, kw_only=True)
class SecondLook:
    """p = sigmoid(intercept + first logit(q) + fitted f): q is the first look's score, f the agreement beyond chance.

    Fitted in training, on findings in doubt; `first` is positive and `fitted` not negative.
    """

    intercept: float
    first: float
    fitted: float

    def __post_init__(self) -> None:
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        if not all(math.isfinite(value) for value in values.values()) or self.first <= 0 or self.fitted < 0:
            raise ValueError(
                f"a second look keeps the order of the first, and a fit never speaks against; got {values}"
            )

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> "SecondLook":
        """Return the second look in a bundle's `config`; raises BadBundle as `Calibration.from_config` does."""
        return weights_of(cls, "second_look", config)

    def score(self, first: float, agreement: float) -> float:
        """The probability, 0..1, of a match that scored `first` and whose artwork's edges agree by `agreement`."""
        logit = self.intercept + self.first * odds(first) + self.fitted * beyond_chance(agreement)
        return _sigmoid(logit)


def told(wording: float) -> float:
    """What a word says that was read in part, 0..1, as the score takes it: half a word is much more than half of it.

    Letters that agree with a recorded word hardly ever stand on goods without a mark (docs/adr/0012).
    """
    return math.sqrt(wording)


def odds(score: float) -> float:
    """The logarithm of the odds of a score, 0..1."""
    kept = min(1.0 - SURE, max(SURE, score))
    return math.log(kept / (1.0 - kept))


def _sigmoid(logit: float) -> float:
    kept = max(-700.0, logit)  # so that exp never overflows
    return math.exp(kept) / (1.0 + math.exp(kept)) if kept < 0 else 1.0 / (1.0 + math.exp(-kept))


def weights_of(cls: type[Weights], name: str, config: Mapping[str, object]) -> Weights:
    """A dataclass of weights from the part `name` of a bundle's config; raises BadBundle."""
    names = [f.name for f in fields(cls)]
    if set(config) != set(names):
        raise BadBundle(f"{name} must have the keys {', '.join(names)}; got {', '.join(map(str, config))}")
    values: dict[str, float] = {}
    for key, value in config.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadBundle(f"{name}: {key} must be a number, got {value!r}")
        values[key] = float(value)
    try:
        return cls(**values)
    except ValueError as error:
        raise BadBundle(f"{name}: {error}") from error
