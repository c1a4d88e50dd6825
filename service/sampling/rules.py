"""Which places people are asked about, and how many, as data. See `data/sampling.toml`."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.errors import BadSettings

SHIPPED = Path(__file__).resolve().parent / "data" / "sampling.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sampler(_Strict):
    """How much its finds are worth, and its share of a day's questions; 0 switches it off."""

    weight: float = Field(ge=0, le=1)
    share: float = Field(ge=0, le=1)


class Random(Sampler):
    """By lot."""

    rate: float = Field(ge=0, le=1)


class NearThreshold(Sampler):
    """So near that it might as well be on the other side."""

    margin: float = Field(gt=0, le=1)


class Disagreement(Sampler):
    """A logo for certain, of no recorded mark."""

    sure: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)


class ViewsDisagree(Sampler):
    """Seen in one view alone."""

    low: float = Field(ge=0, le=1)


class Novelty(Sampler):
    """Like nothing that is filed."""

    sure: float = Field(ge=0, le=1)
    likeness: float = Field(ge=-1, le=1)


class RareMark(Sampler):
    """Of a mark with few labels."""

    labels: int = Field(ge=1)
    low: float = Field(ge=0, le=1)


class Samplers(_Strict):
    """Each of them."""

    random: Random
    near_threshold: NearThreshold
    detector_matcher_disagreement: Disagreement
    views_disagree: ViewsDisagree
    novelty: Novelty
    rare_mark: RareMark
    champion_challenger: Sampler
    declared_brand_no_hit: Sampler

    def named(self, name: str) -> Sampler:
        """One of them."""
        found: Sampler = getattr(self, name)
        return found


class Budget(_Strict):
    """How many new questions there may be."""

    a_minute: int = Field(ge=0)
    an_hour: int = Field(ge=0)
    a_day: int = Field(ge=0)
    an_office_a_day: int = Field(ge=0)
    a_consignor_a_day: int = Field(ge=1)
    places_of_a_scan: int = Field(ge=1)
    overlap: float = Field(gt=0, le=1)


class SamplingRules(_Strict):
    """All of it."""

    claim_minutes: int = Field(ge=1, le=120)
    double_rate: float = Field(ge=0, le=1)
    skips: int = Field(ge=1)
    expire_days: int = Field(ge=1)
    budget: Budget
    samplers: Samplers


def load_sampling_rules(path: Path | None = None) -> SamplingRules:
    """The shipped rules, or an administration's own. Raises BadSettings."""
    try:
        return SamplingRules.model_validate(tomllib.loads((path or SHIPPED).read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise BadSettings(f"{path or SHIPPED}: {error}", field="TIDEWAITER_SAMPLING_RULES") from error
