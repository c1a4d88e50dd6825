"""Which parcel a file shows, by its name. Pure.

A pattern is a file name without its ending, with fields in braces: `{parcel}_{view}`. Fields: parcel (needed), view,
image_id, captured_at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.agent.errors import BadOptions, UnreadableName

DEFAULT = ("{parcel}_{view}", "{parcel}")
FIELDS = {
    "parcel": r".{1,128}?",
    "view": r"[^_]{1,64}",
    "image_id": r"[\x20-\x7e]{1,200}?",
    "captured_at": r"[0-9TZ:+.-]{8,40}",
}
PRINTABLE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a name says."""

    parcel: str
    view: str | None = None
    image_id: str | None = None
    captured_at: str | None = None


class Patterns:
    """Tried in their order."""

    def __init__(self, patterns: Sequence[str] = DEFAULT) -> None:
        """Raises BadOptions for a pattern that has no parcel, or an unknown field."""
        self._texts = tuple(patterns)
        self._patterns = [compiled(text) for text in patterns]

    def read(self, stem: str) -> Named:
        """What `stem`, a file name without its ending, says. Raises UnreadableName."""
        if PRINTABLE.fullmatch(stem) is None:
            raise UnreadableName(f"{stem!r} has letters that cannot be read")
        for pattern in self._patterns:
            found = pattern.fullmatch(stem)
            if found is not None and found["parcel"].strip():
                return Named(**{name: value.strip() for name, value in found.groupdict().items()})
        raise UnreadableName(f"{stem!r} is like none of {', '.join(self._texts)}")


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern as a regular expression. Raises BadOptions."""
    names = re.findall(r"\{(\w+)\}", pattern)
    if "parcel" not in names or len(set(names)) < len(names) or not set(names) <= set(FIELDS):
        raise BadOptions(f"pattern {pattern!r}: {{parcel}} once, and at most once each of {', '.join(FIELDS)}")
    parts = re.split(r"\{(\w+)\}", pattern)
    fields = [re.escape(part) if n % 2 == 0 else f"(?P<{part}>{FIELDS[part]})" for n, part in enumerate(parts)]
    return re.compile("".join(fields))
