"""Names under which officers, parcels and consignors leave: the same one each time, and nobody's without the key.

HMAC-SHA256 with a key of this installation. A plain hash would be no secret: there are few officers, and parcel numbers
can be counted through.
"""

import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

from service.labels.errors import BadLabelKey

KEY_BYTES = 32
DIGITS = 24  # of 64: 96 bits


class Pseudonyms:
    """Gives them. The key is made when it is needed first, in a file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: bytes | None = None

    def of(self, kind: str, name: str) -> str:
        """The pseudonym of a name; empty for an empty one. Raises BadLabelKey."""
        if not name:
            return ""
        if self._key is None:
            self._key = _kept(self._path)
        digest = hmac.new(self._key, f"{kind}\0{name}".encode(), sha256).hexdigest()
        return f"{kind}_{digest[:DIGITS]}"


def _kept(path: Path) -> bytes:
    if not path.exists():
        _make(path)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise BadLabelKey(f"{path} cannot be read", field="label_key", limit="64 hexadecimal digits") from error
    if len(key) != KEY_BYTES:
        raise BadLabelKey(f"{path} holds {len(key)} bytes", field="label_key", limit=f"{KEY_BYTES} bytes")
    return key


def _make(path: Path) -> None:
    """A new key, whole before it has its name; of two processes that make one, the first has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES).hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)
    except FileExistsError:
        pass
    except OSError as error:
        raise BadLabelKey(f"{path} cannot be made: {error.strerror}", field="label_key") from error
    finally:
        part.unlink(missing_ok=True)
