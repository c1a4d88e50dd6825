"""Imported sets as they are kept: the records as canonical lines, what was said of X-ray scans as the last one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.labels.records import ImageRecord

SIDECARS = b'{"sidecars":'


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An imported set's records, and sidecars by sha256 of their pictures."""

    images: tuple[ImageRecord, ...]
    sidecars: Mapping[str, str]


def written(images: Sequence[ImageRecord], sidecars: Mapping[str, str]) -> bytes:
    """As it is stored."""
    lines = b"".join(image.line() for image in images)
    if not sidecars:
        return lines
    return lines + (json.dumps({"sidecars": dict(sorted(sidecars.items()))}, separators=(",", ":")) + "\n").encode()


def records_of(data: bytes) -> Kept:
    """What was stored."""
    lines = [line for line in data.split(b"\n") if line]
    last = lines[-1] if lines else b""
    sidecars = json.loads(last)["sidecars"] if last.startswith(SIDECARS) else {}
    records = lines[:-1] if sidecars else lines
    return Kept(images=tuple(ImageRecord.model_validate_json(line) for line in records), sidecars=sidecars)
