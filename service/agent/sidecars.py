"""Sidecar files: what a camera's software says about its images, as JSON beside them. Pure.

{"parcel": "RX123456785NL", "views": ["top.jpg", "side.jpg"], "lane": "live", "answer_within": 12,
 "captured_at": "2026-03-02T09:14:58+01:00", "declaration": {"mode": "9610"}}
"""

import json
from typing import Any, cast

from service.agent.errors import BadSidecar
from service.agent.items import LANES, Lane

LARGEST = 256 * 1024
FIELDS = ("parcel", "views", "lane", "answer_within", "captured_at", "declaration", "images")
PASSED_ON = ("captured_at", "declaration", "images")  # the service knows best whether they are right
MOST_VIEWS = 64
LONGEST_WAIT = 3600.0


class Sidecar:
    """What one says, checked as far as the agent needs it."""

    def __init__(self, data: bytes) -> None:
        """Raises BadSidecar naming the field."""
        document = _parsed(data)
        unknown = sorted(set(document) - set(FIELDS))
        if unknown:
            raise BadSidecar(f"unknown field {unknown[0]!r}; known are {', '.join(FIELDS)}")
        self.parcel = _text(document, "parcel", 128)
        self.lane: Lane | None = _lane(document.get("lane"))
        self.views = _views(document.get("views"))
        self.answer_within = _seconds(document.get("answer_within"))
        self.metadata = {name: document[name] for name in PASSED_ON if name in document}


def _parsed(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST:
        raise BadSidecar(f"{len(data)} bytes, at most {LARGEST}")
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadSidecar(f"not JSON in UTF-8: {str(error)[:200]}") from error
    if not isinstance(document, dict):
        raise BadSidecar("not a JSON object")
    return cast("dict[str, Any]", document)


def _text(document: dict[str, Any], name: str, longest: int) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest:
        raise BadSidecar(f"{name}: a text of 1 to {longest} letters is needed")
    return value.strip()


def _lane(value: object) -> Lane | None:
    if value is not None and value not in LANES:
        raise BadSidecar(f"lane: {value!r} is none of {', '.join(LANES)}")
    return value


def _views(value: object) -> tuple[str, ...] | None:
    """Names of files beside the sidecar: a path could lead out of the folder."""
    if value is None:
        return None
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_VIEWS:
        raise BadSidecar(f"views: a list of 1 to {MOST_VIEWS} file names is needed")
    for name in value:
        if not isinstance(name, str) or not name or name != name.strip() or set(name) & set("/\\\0") or name[0] == ".":
            raise BadSidecar(f"views: {name!r} is no plain file name")
    if len(set(value)) < len(value):
        raise BadSidecar("views: a file is named twice")
    return tuple(value)


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_WAIT:
        raise BadSidecar(f"answer_within: seconds, more than 0 and at most {LONGEST_WAIT:g}")
    return float(value)
