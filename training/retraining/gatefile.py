"""The gate file: what a candidate must reach. TOML, every key needed, an unknown one is an error."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.retraining.errors import BadGates

SHIPPED = Path(__file__).with_name("gates.toml")
Share = Annotated[float, Field(ge=0, le=1)]
Ratio = Annotated[float, Field(gt=0, le=100)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Recall(_Table):
    """On the frozen set."""

    least: Share
    most_loss: Share
    most_loss_at_all: Share


class Marks(_Table):
    """Of each mark."""

    most_loss: Share
    most_loss_at_all: Share
    least_n: Annotated[int, Field(ge=1)]


class Robustness(_Table):
    """Of each change."""

    most_loss: Share
    most_loss_at_all: Share


class FalseAlerts(_Table):
    """At the shipped threshold."""

    most_gain: Share


class Latency(_Table):
    """Of the whole pipeline."""

    most_ratio: Ratio


class CalibrationGate(_Table):
    """Of the scores."""

    most_ece: Share
    most_gain: Share


class Size(_Table):
    """Of all models together."""

    most_ratio: Ratio
    most_bytes: Annotated[int, Field(gt=0)]


class Parity(_Table):
    """Between net and graph."""

    least: Share


class Gates(_Table):
    """All gates."""

    recall: Recall
    marks: Marks
    robustness: Robustness
    false_alerts: FalseAlerts
    latency: Latency
    calibration: CalibrationGate
    size: Size
    parity: Parity


def read_gates(path: Path) -> Gates:
    """The gates of a file; raises BadGates that names every mistake."""
    try:
        return Gates.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadGates(f"{path} cannot be read: {error.strerror}", field="gates") from error
    except ValidationError as error:
        found = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise BadGates(f"{path.name}: " + "; ".join(found), field="gates") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise BadGates(f"{path.name} is not TOML: {error}", field="gates") from error
