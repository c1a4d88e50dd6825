"""What a release has to pass, as data. See `data/rollout.toml`."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.errors import BadSettings

SHIPPED = Path(__file__).resolve().parent / "data" / "rollout.toml"


class RolloutRules(BaseModel):
    """All of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    approvals: int = Field(ge=2, le=10)
    shadow_looks: int = Field(ge=0)
    canary_scans: int = Field(ge=0)
    canary_share: float = Field(gt=0, le=1)
    shadow_a_minute: int = Field(ge=1)


def load_rules(path: Path | None = None) -> RolloutRules:
    """The shipped rules, or an administration's own. Raises BadSettings."""
    try:
        return RolloutRules.model_validate(tomllib.loads((path or SHIPPED).read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise BadSettings(f"{path or SHIPPED}: {error}", field="TIDEWAITER_ROLLOUT_RULES") from error
