"""Model files that come with another package: read only if they are the very ones that the score was fitted with."""

import hashlib
from pathlib import Path

from inference.errors import BadBundle


def pinned(model: Path, sha256: str) -> bytes:
    """The bytes of a model file; raises BadBundle if it cannot be read or has another sha256."""
    try:
        data = model.read_bytes()
    except OSError as error:
        raise BadBundle(f"the reader's model {model.name} cannot be read: {error.strerror}") from error
    actual = hashlib.sha256(data).hexdigest()
    if actual != sha256:
        raise BadBundle(f"the reader's model {model.name} has sha256 {actual}, expected {sha256}")
    return data
