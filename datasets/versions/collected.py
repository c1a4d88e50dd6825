"""What whoever collected the labels says of it: rules by which pictures were chosen, caps, and what was left out.

A JSON file: `{"sampling": ["…"], "caps": ["…"], "excluded": [{"what": "…", "reason": "…"}]}`; each key may be missing.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datasets.versions.errors import BadVersion, listed

MAX_BYTES = 64 * 2**20

Said = Annotated[str, Field(min_length=1, max_length=4000)]


class Left(BaseModel):
    """What was left out, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: Said
    reason: Said


class Collected(BaseModel):
    """What is known of how the labels were collected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sampling: tuple[Said, ...] = ()
    caps: tuple[Said, ...] = ()
    excluded: tuple[Left, ...] = ()


def read_collected(path: Path) -> Collected:
    """The file's content. Raises BadVersion naming each key that is unknown, and each value that cannot be used."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadVersion(
                f"{path} has {path.stat().st_size:,} bytes", field="collected", limit=f"{MAX_BYTES:,} bytes"
            )
        return Collected.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadVersion(f"{path} cannot be read: {error.strerror}", field="collected") from error
    except ValidationError as error:
        found = [f"{'.'.join(map(str, e['loc'])) or path.name}: {e['msg']}" for e in error.errors(include_url=False)]
        raise BadVersion(f"{path}: {listed(found)}", field="collected") from error
