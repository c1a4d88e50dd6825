"""What a set of labels holds, as a table: how many of which category, strength and mark."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from datasets.labels.records import LabelledImage

STRENGTHS = ("gold", "strong", "weak")
_MARKS = 30  # shown; the rest is one row


def show(images: Sequence[LabelledImage], console: Console) -> None:
    """Print the pictures by kind, and the labels by category and mark, each by strength."""
    kinds = Counter(image.modality for image in images)
    complete = sum(image.complete for image in images)
    clean = sum(not image.labels for image in images)
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none"
    console.print(f"{len(images)} pictures ({said}), {complete} complete, {clean} without labels")
    console.print(_table("category", _by_category(images)))
    console.print(_table("mark", _by_mark(images)))


Rows = dict[str, Counter[str]]


def _by_category(images: Sequence[LabelledImage]) -> Rows:
    rows: Rows = {"logo": Counter(), "not_a_logo": Counter(), "to be ignored": Counter()}
    for image in images:
        for label in image.labels:
            rows["to be ignored" if label.ignore else label.category][label.strength] += 1
    return rows


def _by_mark(images: Sequence[LabelledImage]) -> Rows:
    """The most frequent marks first, by name among equals."""
    found: Rows = {}
    for image in images:
        for label in image.labels:
            if label.category == "logo" and not label.ignore:
                name = label.mark_id if label.mark_id is not None else "(no recorded mark)"
                found.setdefault(name, Counter())[label.strength] += 1
    ordered = sorted(found.items(), key=lambda row: (-row[1].total(), row[0]))
    rows = dict(ordered[:_MARKS])
    if rest := ordered[_MARKS:]:
        rows[f"({len(rest)} more)"] = sum((counts for _, counts in rest), Counter())
    return rows


def _table(name: str, rows: Rows) -> Table:
    table = Table(name, *STRENGTHS, "all")
    for row, counts in rows.items():
        table.add_row(escape(row), *(str(counts[strength]) for strength in STRENGTHS), str(counts.total()))
    return table
