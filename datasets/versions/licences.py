"""Which pictures may be learnt from: each must name its licence, and the licence must be on the list."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from datasets.versions.errors import BadVersion, listed

LIST = Path(__file__).parent / "licences.toml"
MAX_BYTES = 2**20

Name = Annotated[str, Field(pattern=r"\S", max_length=200)]


@dataclass(frozen=True, kw_only=True)
class Licence:
    """Whether pictures under a licence may be learnt from, and why."""

    learn: bool
    reason: str


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    names: Annotated[list[Name], Field(min_length=1)]
    learn: StrictBool
    reason: Name


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    licence: list[_Entry]


def load_licences(path: Path = LIST) -> dict[str, Licence]:
    """The list in a TOML file, by plain names. Raises BadVersion for unknown keys, and names that are given twice."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadVersion(
                f"{path} has {path.stat().st_size:,} bytes", field="licences", limit=f"{MAX_BYTES:,} bytes"
            )
        file = _File.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise BadVersion(f"{path} cannot be read: {error.strerror}", field="licences") from error
    except ValidationError as error:
        found = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise BadVersion(f"{path}: {listed(found)}", field="licences") from error
    except (ValueError, RecursionError) as error:  # not TOML, or not UTF-8
        raise BadVersion(f"{path} is not TOML: {error}", field="licences") from error
    known: dict[str, Licence] = {}
    for entry in file.licence:
        for name in entry.names:
            if plain(name) in known:
                raise BadVersion(f"{path} has the licence {name!r} twice", field="licences")
            known[plain(name)] = Licence(learn=entry.learn, reason=entry.reason)
    return known


def refusal(licence: str, known: Mapping[str, Licence]) -> str | None:
    """Why pictures under this licence may not be learnt from, or None if they may."""
    if not licence.strip():
        return "no licence is stated"
    entry = known.get(plain(licence))
    if entry is None:
        return f"licence {licence!r} is not on the list of those that may be learnt from"
    return None if entry.learn else f"licence {licence!r}: {entry.reason}"


def plain(name: str) -> str:
    """A licence's name as names are compared: `CC BY 4.0` is `cc-by-4.0`."""
    return re.sub(r"[\s_-]+", "-", name.strip().casefold())
