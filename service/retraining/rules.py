"""When a retraining begins by itself, as data. See `data/retraining.toml`."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.errors import BadSettings
from service.retraining.schemas import Mode, TrainedRole

SHIPPED = Path(__file__).resolve().parent / "data" / "retraining.toml"


class RetrainingRules(BaseModel):
    """All of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every_days: int = Field(ge=0, le=365)
    on_drift: bool
    least_decisions: int = Field(ge=1)
    rest_hours: int = Field(ge=1)
    mode: Mode
    minutes: float = Field(gt=0, le=10_080)
    roles: tuple[TrainedRole, ...] = Field(min_length=1, max_length=4)


def load_rules(path: Path | None = None) -> RetrainingRules:
    """The shipped rules, or an administration's own. Raises BadSettings."""
    try:
        return RetrainingRules.model_validate(tomllib.loads((path or SHIPPED).read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise BadSettings(f"{path or SHIPPED}: {error}", field="TIDEWAITER_RETRAINING_RULES") from error
