"""How alerts are reviewed, as data: tiers, outcomes with their keys and reasons, terms. See `data/review.toml`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from service.alerts.schemas import Action
from service.errors import BadSettings

SHIPPED = Path(__file__).resolve().parent / "data" / "review.toml"
TAKEN = frozenset("ujkzfctibvxmyld")  # keys that decide nothing: tools, claim, undo, next, agree
Improves = Literal["whitelist", "registry", "threshold", "training_label", "duplicate_rule", "none"]
Settles = Literal["confirmed", "unconfirmed"]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z]$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tier(_Strict):
    """From which risk on an alert belongs here, and in how many minutes it should be decided."""

    name: Literal["stop_now", "check", "information"]
    risk: float = Field(ge=0, le=1)
    minutes: int = Field(ge=1)


class OutcomeRule(_Strict):
    """What goes with one outcome."""

    key: Key
    reasons: tuple[str, ...] = Field(min_length=1, max_length=9)
    needs_reason: bool = False
    needs_second: bool = False
    settles: Settles | None = None
    improves: Improves = "none"


class ReviewRules(_Strict):
    """All of it."""

    undo_seconds: int = Field(ge=0, le=600)
    claim_minutes: int = Field(ge=1, le=120)
    bulk_needs_second: int = Field(ge=0)
    bulk_sample: int = Field(ge=0)
    double_rate: float = Field(ge=0, le=1)
    test_rate: float = Field(ge=0, le=1)
    tiers: tuple[Tier, Tier, Tier]
    outcomes: Mapping[Action, OutcomeRule]
    improves: Mapping[str, Improves] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        missing = sorted(set(get_args(Action)) - set(self.outcomes))
        if missing:
            raise ValueError(f"outcomes without rules: {', '.join(missing)}")
        keys = [rule.key for rule in self.outcomes.values()]
        if len(set(keys)) < len(keys) or TAKEN & set(keys):
            raise ValueError(f"each outcome has its own key, and none of {' '.join(sorted(TAKEN))}")
        risks = [tier.risk for tier in self.tiers]
        if risks != sorted(risks, reverse=True) or risks[-1] != 0:
            raise ValueError("tiers come by falling risk, and the last one begins at 0")
        return self

    def improved_by(self, action: Action, reason_code: str | None) -> Improves:
        """What a decision should improve."""
        return self.improves.get(reason_code or "", self.outcomes[action].improves)

    def agrees(self, action: Action, answer: str) -> bool:
        """Whether an outcome agrees with a known answer: what is to be stopped was not let go, and the other way."""
        return (self.outcomes[action].settles == "unconfirmed") == (answer == "unconfirmed")

    def settling(self, settles: Settles) -> tuple[Action, ...]:
        """Outcomes after which it is known that the suspicion was right, or was not."""
        return tuple(action for action, rule in self.outcomes.items() if rule.settles == settles)


def load_rules(path: Path | None = None) -> ReviewRules:
    """The shipped rules, or an administration's own. Raises BadSettings."""
    try:
        return ReviewRules.model_validate(tomllib.loads((path or SHIPPED).read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise BadSettings(f"{path or SHIPPED}: {error}", field="TIDEWAITER_REVIEW_RULES") from error
