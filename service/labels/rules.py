"""What decisions say of pictures, and how much of it is believed, as data. See `data/labels.toml`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from service.alerts.schemas import Action
from service.errors import BadSettings
from service.labels.statements import Authenticity, Category

SHIPPED = Path(__file__).resolve().parent / "data" / "labels.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OutcomeLabel(_Strict):
    """What one outcome says of the place; nothing without a category."""

    category: Category | None = None
    mark: Literal["suspected", "named"] | None = None
    authenticity: Authenticity = "unknown"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.category == "logo") != (self.mark is not None):
            raise ValueError("`mark` goes with the category logo, and only with it")
        if self.category != "logo" and self.authenticity != "unknown":
            raise ValueError("only a logo is genuine or infringing")
        return self


class Caps(_Strict):
    """How much one officer or office may say."""

    from_labels: int = Field(ge=1)
    even_factor: float = Field(ge=1)
    officer_of_mark: float = Field(gt=0, le=1)
    officer_of_flips: float = Field(gt=0, le=1)
    office_of_mark: float = Field(gt=0, le=1)
    officer_of_all: float = Field(gt=0, le=1)
    office_of_all: float = Field(gt=0, le=1)
    second_from_score: float = Field(ge=0, le=1)
    officers_against: int = Field(ge=1)


class Flipping(_Strict):
    """From when on an officer is taken to flip the verdicts on a mark."""

    alpha: float = Field(gt=0, lt=1)
    difference: float = Field(ge=0, lt=1)
    fewest: int = Field(ge=1)
    officers: int = Field(ge=2)


class LabelRules(_Strict):
    """All of it."""

    licence: str = Field(max_length=200)
    overlap: float = Field(gt=0, le=1)
    inside: float = Field(gt=0, le=1)
    outcomes: Mapping[Action, OutcomeLabel]
    caps: Caps
    flipping: Flipping

    @model_validator(mode="after")
    def _whole(self) -> Self:
        missing = sorted(set(get_args(Action)) - set(self.outcomes))
        if missing:
            raise ValueError(f"outcomes without rules: {', '.join(missing)}")
        if self.outcomes["release"].category is not None:
            raise ValueError("a release says nothing of what is in the picture: it has no category")
        return self


def load_label_rules(path: Path | None = None) -> LabelRules:
    """The shipped rules, or an administration's own. Raises BadSettings."""
    try:
        return LabelRules.model_validate(tomllib.loads((path or SHIPPED).read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise BadSettings(f"{path or SHIPPED}: {error}", field="TIDEWAITER_LABEL_RULES") from error
