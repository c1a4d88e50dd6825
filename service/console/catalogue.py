"""Every string of the console, by language: `catalogue/*.toml`. A language without a string does not load.

Values may hold `{names}` to fill in, and, where a number decides the form, one string for each plural form of the
language (CLDR's `one`, `other`, …, by `{count}`).
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale

FOLDER = Path(__file__).resolve().parent / "catalogue"
LANGUAGES: Mapping[str, str] = {"en": "English", "zh-Hans": "简体中文"}
DEFAULT = "en"
PLURALS = {"zero", "one", "two", "few", "many", "other"}


class Catalogue:
    """The strings of one language."""

    def __init__(self, language: str, strings: Mapping[str, Any]) -> None:
        self.language, self._strings = language, strings
        self.locale = Locale.parse(language, sep="-")

    def __call__(self, key: str, **values: Any) -> str:
        """The string for a key, filled in. Raises KeyError: a missing string is a mistake of ours."""
        found = self._strings[key]
        if isinstance(found, Mapping):
            found = found[self.locale.plural_form(values["count"])]
        return str(found).format_map(values) if values else str(found)

    def __contains__(self, key: str) -> bool:
        return key in self._strings

    def names(self) -> frozenset[str]:
        """All keys."""
        return frozenset(self._strings)


@cache
def catalogue(language: str) -> Catalogue:
    """The strings of a language, or of English if there are none."""
    known = language if language in LANGUAGES else DEFAULT
    text = (FOLDER / f"{known}.toml").read_text(encoding="utf-8")
    return Catalogue(known, dict(_flat("", tomllib.loads(text))))


def preferred(header: str) -> str:
    """The language that a browser asks for, of those there are (RFC 9110, Accept-Language; the first that fits)."""
    for part in header.split(","):
        tag = part.split(";")[0].strip().lower()
        if tag == "en" or tag.startswith("en-"):
            return "en"
        if tag == "zh" or tag.startswith(("zh-hans", "zh-cn", "zh-sg")):
            return "zh-Hans"
    return DEFAULT


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, Mapping) and not set(value) <= PLURALS:
            yield from _flat(name, value)
        else:
            yield name, value
