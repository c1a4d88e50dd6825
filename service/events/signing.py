"""Signatures by Standard Webhooks (standardwebhooks.com, 1.0): HMAC-SHA256 over `id.timestamp.body`. Pure."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from service.errors import InvalidRequest

PREFIX = "whsec_"
BYTES = 32
SHORTEST, LONGEST = 24, 64  # bytes, by the specification


def new_secret() -> str:
    """A secret of 256 random bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def headers_of(event_id: str, at: int, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """The headers of a delivery sent `at` seconds since 1970; one signature for each secret that is still good."""
    signatures = " ".join(signature(event_id, at, body, secret) for secret in keys)
    return {"webhook-id": event_id, "webhook-timestamp": str(at), "webhook-signature": signatures}


def signature(event_id: str, at: int, body: bytes, secret: str) -> str:
    """`v1,` and the signature in base64."""
    signed = b".".join((event_id.encode(), str(at).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode()


def key_of(secret: str) -> bytes:
    """The bytes of a secret. Raises InvalidRequest."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest("not base64", field="secret", limit=f"{PREFIX} and base64") from error
    if not SHORTEST <= len(key) <= LONGEST:
        raise InvalidRequest(f"{len(key)} bytes", field="secret", limit=f"{SHORTEST} to {LONGEST} bytes")
    return key
