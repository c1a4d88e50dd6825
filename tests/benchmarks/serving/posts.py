"""Posts of scans, written before they are sent. No two are alike: no photograph is one that the service knows."""

import itertools
import json
from collections.abc import Iterator, Sequence

STATION = "demo-station"  # who records the sample marks, too
BOUNDARY = b"tidewaiter-bench-boundary"
numbers = itertools.count()


def raw(key: str, photographs: Sequence[bytes], *, wait: int = 30) -> Iterator[bytes]:
    """The photograph is the body."""
    for photograph in itertools.cycle(photographs):
        number = next(numbers)
        target = f"/v1/scans?station={STATION}&parcel=P{number}"
        yield request(target, _another(photograph, number), "image/jpeg", _headers(key, number, wait))


def multipart(key: str, photographs: Sequence[bytes], *, wait: int = 30) -> Iterator[bytes]:
    """A form with metadata and the photograph."""
    for photograph in itertools.cycle(photographs):
        number = next(numbers)
        metadata = json.dumps({"station": STATION, "parcel": f"P{number}"}).encode()
        body = form(_another(photograph, number), metadata)
        yield request(
            "/v1/scans", body, f"multipart/form-data; boundary={BOUNDARY.decode()}", _headers(key, number, wait)
        )


def form(photograph: bytes, metadata: bytes = b"{}") -> bytes:
    """A form as browsers and libraries write it."""
    mark = b"--" + BOUNDARY
    return b"\r\n".join((
        mark,
        b'Content-Disposition: form-data; name="metadata"',
        b"",
        metadata,
        mark,
        b'Content-Disposition: form-data; name="views"; filename="view.jpg"',
        b"Content-Type: image/jpeg",
        b"",
        photograph,
        mark + b"--",
        b"",
    ))  # fmt: skip


def request(target: str, body: bytes, media_type: str, headers: Sequence[str] = ()) -> bytes:
    """A POST."""
    lines = (f"POST {target} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {media_type}", *headers)
    return "\r\n".join((*lines, f"Content-Length: {len(body)}", "", "")).encode() + body


def _headers(key: str, number: int, wait: int) -> tuple[str, ...]:
    return (f"Authorization: Bearer {key}", f"Idempotency-Key: bench-{number}", f"Prefer: wait={wait}")


def _another(photograph: bytes, number: int) -> bytes:
    """The same picture in another file: what follows the end of a JPEG is ignored by decoders, not by hashes."""
    return photograph + b"%d" % number
