"""Shapes of the health answers."""

from pydantic import ConfigDict

from service.schemas import Outgoing


class Alive(Outgoing):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: str


class Ready(Outgoing):
    """Every check passed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "checks": {"models": "ok", "database": "ok", "disk": "ok", "files": "ok", "queue": "ok"},
                    "marks": 5056,
                }
            ]
        }
    )

    status: str
    checks: dict[str, str]
    marks: int
