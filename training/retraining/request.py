"""What a run is asked to do: RUN/request.json, checked before anything is done."""

import json
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from training.retraining.errors import BadRequest

FILE = "request.json"
Role = Literal["detector", "embedder", "xray_detector", "xray_embedder"]
Mode = Literal["trial", "smoke", "full"]


class Request(BaseModel):
    """One request; paths are absolute or relative to the run's folder. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    champion: str  # folder of bundles with current.toml; never written to
    labels: str  # folder with labels.jsonl and pictures/
    registry: str  # artwork table (columns as inference.artwork.table)
    roles: Annotated[list[Role], Field(min_length=1)]
    mode: Mode
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    gates: str  # gate file (TOML)
    minutes: Annotated[float, Field(gt=0, le=10_080)]  # of fine-tuning, all roles together
    golden: str | None = None  # frozen evaluation set; None: one is rendered that no label ever reaches
    recent: str | None = None  # evaluation set of the last month
    clean: str | None = None  # folder of pictures without any recorded mark
    signing_key: str | None = None  # Ed25519 private key (PEM); None: the candidate stays unsigned
    photographs: str | None = None  # backgrounds without marks; None: they are rendered

    @field_validator("roles")
    @classmethod
    def _once(cls, roles: list[Role]) -> list[Role]:
        doubled = sorted({role for role in roles if roles.count(role) > 1})
        if doubled:
            raise ValueError(f"each role once, but {', '.join(doubled)} is named twice")
        return roles

    @field_validator("minutes", mode="before")
    @classmethod
    def _whole(cls, minutes: object) -> object:
        return float(minutes) if isinstance(minutes, int) and not isinstance(minutes, bool) else minutes

    @classmethod
    def read(cls, run: Path) -> Self:
        """The request in a run's folder; raises BadRequest that names every mistake, missing files among them."""
        path = run / FILE
        try:
            request = cls.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise BadRequest(f"{path} cannot be read: {error.strerror}", field=FILE) from error
        except ValidationError as error:
            raise BadRequest("; ".join(map(_said, error.errors())), field=str(error.errors()[0]["loc"][:1])) from error
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"{path} is not JSON: {error}", field=FILE) from error
        lacking = list(request._lacking(run))
        if lacking:
            raise BadRequest("; ".join(lacking), field=lacking[0].partition(":")[0])
        return request

    def path(self, run: Path, name: str) -> Path | None:
        """Where a key points to; None if nothing is given."""
        value: str | None = getattr(self, name)
        return None if value is None else (run / value).resolve()

    def _lacking(self, run: Path) -> list[str]:
        """What the keys point to, but is not there."""
        found = []
        for name, needed in NEEDED.items():
            path = self.path(run, name)
            for file in needed:
                if path is not None and not (path / file).exists():
                    found.append(f"{name}: there is no {path / file}")
        return found


NEEDED = {
    "champion": ("current.toml",),
    "labels": ("labels.jsonl",),
    "registry": ("",),
    "gates": ("",),
    "golden": ("annotations.json",),
    "recent": ("annotations.json",),
    "clean": ("",),
    "signing_key": ("",),
    "photographs": ("",),
}  # what must be there below each path that is given; "": the path itself


def _said(error: object) -> str:
    """One mistake in words: where it is, and what is wrong."""
    assert isinstance(error, dict)  # noqa: S101 - pydantic's own records
    return f"{'.'.join(map(str, error['loc'])) or FILE}: {error['msg']}"
