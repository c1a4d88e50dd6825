"""How a station wants to be answered: the headers of a post, read. Pure.

`Prefer` is RFC 7240, `Idempotency-Key` an IETF draft (draft-ietf-httpapi-idempotency-key-header).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.errors import InvalidRequest

KEY = re.compile(r"[\x21-\x7e]{1,255}")
LONGEST_WAIT = 30  # seconds that one request is kept open
SENT_AT = "Tidewaiter-Sent-At"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the headers say."""

    key: str | None = None
    wait: int | None = None  # seconds; None: until it is inspected
    sent_at: datetime | None = None  # by the station's clock


def wish_of(headers: Mapping[str, str]) -> Wish:
    """The wishes in a request's `headers` (any case). Raises InvalidRequest for a key or moment that is none."""
    key = headers.get("idempotency-key")
    if key is not None and KEY.fullmatch(key) is None:
        raise InvalidRequest("not a key", field="Idempotency-Key", limit="1 to 255 visible ASCII characters")
    return Wish(key=key, wait=wait_of(headers.get("prefer", "")), sent_at=_moment(headers.get(SENT_AT.lower())))


def wait_of(prefer: str) -> int | None:
    """Seconds that `Prefer: wait=` names, at most LONGEST_WAIT; 0 for `respond-async` alone; None for neither.

    What cannot be read is no preference (RFC 7240, section 2).
    """
    preferences = [item.strip().lower() for part in prefer.split(",") for item in part.split(";")]
    for item in preferences:
        name, _, value = (piece.strip().strip('"') for piece in item.partition("="))
        if name == "wait" and value.isascii() and value.isdecimal():
            return min(int(value[:9]), LONGEST_WAIT)
    return 0 if "respond-async" in preferences else None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidRequest("not a moment", field=SENT_AT, limit="RFC 3339 with its UTC offset")
    return moment
