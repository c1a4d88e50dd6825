"""How the scripted station asks, and how it says what it did not expect."""

import http.client
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from service.agent.conformance.drawing import photograph

TIMEOUT = httpx.Timeout(60.0, connect=5.0)


class Unexpected(Exception):
    """The service did not do what the contract says."""


@dataclass(kw_only=True)
class Asking:
    """One run of the scripted station."""

    url: str
    key: str = field(repr=False)
    station: str
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    count: int = 0

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url.rstrip("/"), timeout=TIMEOUT, follow_redirects=False)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    @property
    def auth(self) -> dict[str, str]:
        """The header with the key."""
        return {"Authorization": f"Bearer {self.key}"}

    def parcel(self) -> str:
        """A parcel that no other run and no other check has."""
        self.count += 1
        return f"CONF-{self.run}-{self.count:03d}"

    def image(self) -> bytes:
        """A photograph that no other check posts."""
        self.count += 1
        return photograph(hash((self.run, self.count)))

    def post(
        self,
        views: Sequence[bytes],
        *,
        parcel: str | None = None,
        headers: Mapping[str, str] | None = None,
        key: bool = True,
        **metadata: Any,
    ) -> httpx.Response:
        """Post a scan as a form."""
        said = {"station": self.station, "parcel": parcel or self.parcel(), **metadata}
        files = [("views", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(views)]
        sent = {**(self.auth if key else {}), **(headers or {})}
        return self.client.post("/v1/scans", data={"metadata": json.dumps(said)}, files=files, headers=sent)

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Ask for something with the key."""
        return self.client.get(path, headers=self.auth, params=parameters)

    def announce(self, length: int) -> tuple[int, bytes]:
        """Announce a body of so many bytes and send none of it: status and body of the answer."""
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.putrequest("POST", f"/v1/scans?station={self.station}&parcel={self.parcel()}")
            for name, value in (*self.auth.items(), ("Content-Type", "image/jpeg"), ("Content-Length", str(length))):
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def expect(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    """The document of an answer that has one of these statuses. Raises Unexpected."""
    if answer.status_code not in statuses:
        wanted = " or ".join(map(str, statuses))
        raise Unexpected(f"{wanted} was expected, {answer.status_code} came: {answer.text[:300]}")
    try:
        document = answer.json()
    except ValueError as error:
        raise Unexpected(f"the answer {answer.status_code} is no JSON: {answer.text[:200]}") from error
    return document if isinstance(document, dict) else {}


def problem(answer: httpx.Response, *statuses: int, field: str | None = None) -> dict[str, Any]:
    """The same for an error, which is a problem document (RFC 9457) that names its field. Raises Unexpected."""
    document = expect(answer, *statuses)
    kind = answer.headers.get("content-type", "")
    check(kind.startswith("application/problem+json"), f"an error is application/problem+json, not {kind!r}")
    missing = [name for name in ("type", "title", "status", "detail") if name not in document]
    check(not missing, f"the problem lacks {', '.join(missing)}")
    check(document["status"] == answer.status_code, "the problem tells another status than the answer")
    if field is not None:
        check(document.get("field") == field, f"field {field!r} was expected, {document.get('field')!r} is named")
    return document


def check(fine: bool, otherwise: str) -> None:
    """Raises Unexpected, saying `otherwise`, unless it is `fine`."""
    if not fine:
        raise Unexpected(otherwise)


def header(answer: httpx.Response, name: str) -> str:
    """A header that has to be there. Raises Unexpected."""
    value = answer.headers.get(name)
    check(value is not None, f"the header {name} is missing")
    return str(value)
