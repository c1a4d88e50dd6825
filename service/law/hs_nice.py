"""From HS codes, by which goods are declared, to Nice classes, for which marks are recorded.

The two systems do not agree, so the map is approximate, and a heading may fall under several classes: goods count as
recorded ones if any of them does, so that a doubt never lowers a suspicion.
"""

import tomllib
from functools import cache
from pathlib import Path

TABLE = Path(__file__).resolve().parent / "data" / "hs_to_nice.toml"


def nice_classes_of(hs: str) -> frozenset[int]:
    """The Nice classes that goods of an HS code may fall under; empty if the code is unknown or none.

    Of the entries that `hs` begins with the longest counts. Dots and spaces do not matter.
    """
    digits = hs.replace(".", "").replace(" ", "")
    if not digits.isascii() or not digits.isdecimal():
        return frozenset()
    for length in (6, 4, 2):
        if len(digits) >= length and digits[:length] in _table():
            return _table()[digits[:length]]
    return frozenset()


@cache
def _table() -> dict[str, frozenset[int]]:
    data = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {code: frozenset(classes) for part in ("chapters", "headings") for code, classes in data[part].items()}
