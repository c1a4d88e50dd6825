"""Signed heads: what the end of the chain was, said where whoever can rewrite the database cannot rewrite it too.

Ed25519 (RFC 8032), over the head's fields in canonical JSON.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from service.audit.chain import Head
from service.audit.errors import BadHead

KIND = "tidewaiter-audit-head-1"
FIELDS = {"kind", "seq", "hash", "at", "signature"}
LARGEST = 4096  # bytes of a file


@dataclass(frozen=True, kw_only=True)
class SignedHead:
    """A head with its signature."""

    kind: str
    seq: int
    hash: str
    at: str  # when it was signed, UTC
    signature: str  # hexadecimal


def signed(head: Head, key: Ed25519PrivateKey) -> SignedHead:
    """The head, signed now."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    unsigned = SignedHead(kind=KIND, seq=head.seq, hash=head.hash, at=at, signature="")
    return SignedHead(**(asdict(unsigned) | {"signature": key.sign(_message(unsigned)).hex()}))


def written(head: SignedHead) -> bytes:
    """The file that keeps it."""
    return (json.dumps(asdict(head), indent=2) + "\n").encode()


def read(data: bytes, public: Ed25519PublicKey) -> SignedHead:
    """The head in a file. Raises BadHead if it is none, or not signed by the key."""
    try:
        fields = json.loads(data[: LARGEST + 1])
        if not isinstance(fields, dict) or set(fields) != FIELDS or fields["kind"] != KIND:
            raise ValueError(f"it has not the fields {', '.join(sorted(FIELDS))} of a {KIND}")
        head = SignedHead(**fields)
        public.verify(bytes.fromhex(head.signature), _message(head))
    except InvalidSignature as error:
        raise BadHead("it was not signed by this key, or changed since", field="head") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise BadHead(str(error), field="head") from error
    return head


def _message(head: SignedHead) -> bytes:
    fields = {name: value for name, value in asdict(head).items() if name != "signature"}
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
