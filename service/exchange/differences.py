"""What is different in a filing from what is recorded, field by field, in words. Pure."""

import json
from collections.abc import Iterator
from os.path import commonprefix
from typing import Any

MOST = 20  # fields that are told
LONGEST = 60  # letters of a value
NOTHING = "nothing"


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """As `goods[0].text: "lanterns" -> "lamps"`, in the order of their names; MOST, then how many more."""
    was, is_now = dict(_flat("", before)), dict(_flat("", after))
    told = [
        f"{name}: {_told(was.get(name, NOTHING), is_now.get(name, NOTHING))}"
        for name in sorted(was.keys() | is_now.keys())
        if was.get(name) != is_now.get(name)
    ]
    more = len(told) - MOST
    return told if more <= 0 else [*told[:MOST], f"{more} more"]


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}" if name else key, inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _flat(f"{name}[{place}]", inner)
    else:
        yield name, json.dumps(value, ensure_ascii=False, default=str)


def _told(before: str, after: str) -> str:
    """Both, cut to where they differ."""
    same = len(commonprefix([before, after]))
    start = 0 if same < LONGEST else same - LONGEST // 2
    return f"{_cut(before, start)} -> {_cut(after, start)}"


def _cut(text: str, start: int) -> str:
    end = start + LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"
