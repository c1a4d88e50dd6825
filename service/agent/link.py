"""The way to the service: posts, asks for verdicts, and understands what is answered."""

import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Self, cast
from urllib.parse import quote, urlsplit

import httpx

from service.agent.errors import BadOptions, UnsafeServer
from service.agent.items import Picture

AGENT = "tidewaiter-station/0.1.0"
CONNECT = 3.0  # seconds
SPARE = 10.0  # seconds beyond those that the service was asked to answer in
LONGEST_WAIT = 25  # seconds that a request is kept open: proxies cut longer ones
LONGEST_PAUSE = 300.0  # seconds, whatever Retry-After says
MEDIA = {
    b"\xff\xd8": "image/jpeg",
    b"\x89P": "image/png",
    b"RI": "image/webp",
    b"II": "image/tiff",
    b"MM": "image/tiff",
}
Kind = Literal["answered", "accepted", "again", "away", "refused", "held"]
REFUSED = frozenset({400, 413, 415, 422})  # this scan will never be taken
HELD = frozenset({401, 403, 404, 405, 421, 426})  # no scan is taken until somebody sets something right


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a post, or a question."""

    kind: Kind
    status: int = 0
    document: Mapping[str, Any] | None = None  # the scan, or the problem
    retry_after: float | None = None  # seconds
    why: str = ""


class Link:
    """One service, as seen from one station."""

    def __init__(self, url: str, key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        """Raises UnsafeServer if the key would go over the network unencrypted, BadOptions."""
        check_url(url)
        headers = {"Authorization": f"Bearer {key}", "User-Agent": AGENT}
        limits = httpx.Limits(max_connections=32, keepalive_expiry=20)
        self._client = httpx.Client(
            base_url=url.rstrip("/"), headers=headers, limits=limits, follow_redirects=False, transport=transport
        )

    def post(
        self,
        metadata: Mapping[str, Any],
        pictures: Sequence[Picture],
        *,
        key: str | None = None,
        wait: int | None = None,
        sent_at: str | None = None,
    ) -> Outcome:
        """Post a scan and wait for its answer for `wait` seconds."""
        headers = {
            name: value
            for name, value in (("Idempotency-Key", key), ("Tidewaiter-Sent-At", sent_at))
            if value is not None
        }
        if wait is not None:
            headers["Prefer"] = f"wait={wait}"
        files = [("views", (f"view-{n}", one.data, media_type(one.data))) for n, one in enumerate(pictures)]
        data = {"metadata": json.dumps(metadata, ensure_ascii=False)}
        timeout = _timeout(SPARE * 3 if wait is None else wait)
        return self._ask("POST", "/v1/scans", data=data, files=files, headers=headers, timeout=timeout)

    def verdict(self, scan: str, wait: int = 0) -> Outcome:
        """How a scan stands; `answered` with its verdict, or `accepted` if it is still open after `wait` seconds."""
        path = f"/v1/scans/{quote(scan, safe='')}/verdict"
        return self._ask("GET", path, params={"wait": wait}, timeout=_timeout(wait))

    def heartbeat(self, station: str, said: Mapping[str, Any]) -> Outcome:
        """Say how the station is doing; `answered` with its terms."""
        path = f"/v1/stations/{quote(station, safe='')}/heartbeat"
        return self._ask("POST", path, json=said, timeout=_timeout(0))

    def ready(self) -> Outcome:
        """Whether the service can take scans."""
        return self._ask("GET", "/readyz", timeout=_timeout(0))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, method: str, path: str, **arguments: Any) -> Outcome:
        try:
            answer = self._client.request(method, path, **arguments)
        except (httpx.TransportError, httpx.DecodingError, ssl.SSLError) as error:
            return Outcome(kind="away", why=f"{type(error).__name__}: {error}".strip(": "))
        return understood(answer)


def understood(answer: httpx.Response) -> Outcome:
    """What an answer means for whoever asked."""
    document = _document(answer)
    why = f"{answer.status_code} {document.get('title', '')} {document.get('detail', '')}".strip()
    pause = _retry_after(answer.headers.get("retry-after"))
    if answer.status_code in {200, 201} and document:
        return Outcome(kind="answered", status=answer.status_code, document=document)
    if answer.status_code == 202 and document:
        return Outcome(kind="accepted", status=202, document=document, retry_after=pause)
    kind: Kind = "again"
    if answer.status_code in REFUSED:
        kind = "refused"
    elif answer.status_code in HELD or answer.is_redirect:
        kind = "held"
    return Outcome(kind=kind, status=answer.status_code, document=document, retry_after=pause, why=why)


def check_url(url: str) -> None:
    """Raises UnsafeServer for http to another machine, BadOptions for what is no address of a service."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise BadOptions(f"{url!r} is no address such as https://customs.example")
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise UnsafeServer(f"{url!r}: http goes to this machine only; elsewhere it takes https")


def media_type(data: bytes) -> str:
    """By the first bytes; the service looks more closely."""
    return MEDIA.get(data[:2], "application/octet-stream")


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:  # a proxy's page
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}


def _retry_after(text: str | None) -> float | None:
    """Seconds, from either form of the header (RFC 9110, 10.2.3)."""
    if text is None:
        return None
    try:
        seconds = float(text) if text.strip().isdecimal() else _until(text)
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def _until(text: str) -> float:
    return (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()


def _timeout(wait: float) -> httpx.Timeout:
    return httpx.Timeout(wait + SPARE, connect=CONNECT)
