"""One try to tell one system: over HTTP with a signature, or over MQTT."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

import httpx

from inference.errors import TidewaiterError
from service.events.addresses import Resolve, resolve, target_of
from service.events.signing import headers_of
from service.events.types import CONTENT_TYPE

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
READ = 4096  # bytes of an answer that are looked at


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What is sent, and to whom."""

    event_id: str
    type: str
    office: str
    body: bytes
    url: str
    secrets: tuple[str, ...]  # that are good now, the newest first
    allow_private: bool


@dataclass(frozen=True, kw_only=True)
class Came:
    """What came of it."""

    status: int | None = None  # of the answer; None: none came
    error: str | None = None
    retry_after: float | None = None  # seconds


class Sends(Protocol):
    """Tells a system."""

    def send(self, letter: Letter, now: datetime) -> Came:
        """Try once; whatever goes wrong is in the answer."""


class Webhooks:
    """Posts to addresses of the web: no redirects, no proxies, nothing kept of the answer."""

    def __init__(self, resolver: Resolve = resolve) -> None:
        self._resolve = resolver

    def send(self, letter: Letter, now: datetime) -> Came:
        """Try once."""
        try:
            target = target_of(letter.url, allow_private=letter.allow_private, resolver=self._resolve)
            headers = headers_of(letter.event_id, int(now.timestamp()), letter.body, letter.secrets)
            headers |= {"Content-Type": CONTENT_TYPE, "Host": target.host, "User-Agent": "tidewaiter-webhooks/1"}
            with _client() as client:
                extensions = {"sni_hostname": target.name}
                with client.stream(
                    "POST", target.url, content=letter.body, headers=headers, extensions=extensions
                ) as answer:
                    return _came(answer, now)
        except TidewaiterError as error:
            return Came(error=f"{error.code}: {error.detail}"[:500])
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            return Came(error=f"{type(error).__name__}: {error}"[:500])


@contextmanager
def _client() -> Iterator[httpx.Client]:
    """A connection for one try: the next one may resolve to another address."""
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
        yield client


def _came(answer: httpx.Response, now: datetime) -> Came:
    text = b""
    if not answer.is_success:
        text = next(answer.iter_bytes(READ), b"")
    said = text.decode("utf-8", "replace")[:200]
    error = None if answer.is_success else f"{answer.status_code} {said}".strip()
    return Came(status=answer.status_code, error=error, retry_after=retry_after(answer.headers.get("retry-after"), now))


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds, from either form of the header (RFC 9110, 10.2.3); None if there is none to be read."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (TypeError, ValueError):
        return None
