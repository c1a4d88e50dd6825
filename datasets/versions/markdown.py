"""Tables and lists in Markdown; what others wrote cannot break out of them."""

from collections.abc import Iterable, Sequence

MOST = 500  # lines of one table or list
_SPECIAL = "\\`*_{}[]<>#|~!"


def plain(value: object) -> str:
    """A value as text that means nothing to Markdown."""
    text = " ".join(str(value).split())
    return "".join(f"\\{c}" if c in _SPECIAL else c for c in text)


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table's lines; numbers stand at the right."""
    cells = [list(row) for row in rows]
    if not cells:
        return ["None."]
    numbers = [all(isinstance(row[column], int | float) for row in cells) for column in range(len(heading))]
    lines = [f"| {' | '.join(map(plain, heading))} |", f"|{'|'.join('--:' if n else '---' for n in numbers)}|"]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in cells[:MOST]]
    return [*lines, *_more(len(cells))]


def points(values: Iterable[object]) -> list[str]:
    """A list's lines."""
    lines = [f"- {plain(value)}" for value in values]
    return [*lines[:MOST], *_more(len(lines))] or ["None."]


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else plain(value)


def _more(count: int) -> list[str]:
    return ["", f"... and {count - MOST:,} more."] if count > MOST else []
