"""Put the measured figures into the page about them, so that no number there is typed by hand.

    python -m training.recognition.document [--figures FILE] [--page FILE]

What stands between the page's two markers is replaced by a table of the figures. Exit status: 0, or 2 if there are no
figures or the page has no place for them.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from training.bench.figures import HEADINGS, Figure, cells, read

BEGIN = "<!-- figures: begin, written by python -m training.recognition.document -->"
END = "<!-- figures: end -->"
PLAIN = ("figure", "unit", "remark")  # columns of words; the others are numbers, and stand to the right


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite the page; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.recognition.document", description="Figures to the page.")
    parser.add_argument("--figures", type=Path, default=Path("var/bench/recognition.jsonl"), metavar="FILE")
    parser.add_argument("--page", type=Path, default=Path("docs/benchmarks/recognition.md"), metavar="FILE")
    chosen = parser.parse_args(arguments)
    try:
        page = chosen.page.read_text(encoding="utf-8")
        written = filled(page, as_markdown(read(chosen.figures)))
    except (OSError, ValueError) as error:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return 2
    part = chosen.page.with_suffix(f".{os.getpid()}.part")
    part.write_text(written, encoding="utf-8")
    part.replace(chosen.page)
    return 0


def filled(page: str, content: str) -> str:
    """The page with `content` between its markers; raises ValueError unless each is there once, in order."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError(f"the page needs one line {BEGIN!r} and after it one line {END!r}")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{content}\n{END}{after}"


def as_markdown(figures: Sequence[Figure]) -> str:
    """The figures as a table in Markdown; raises ValueError if there are none."""
    if not figures:
        raise ValueError("there are no figures")
    dashes = ["---" if heading in PLAIN else "---:" for heading in HEADINGS]
    rows = [HEADINGS, dashes, *([f"`{figure.name}`", *cells(figure)[1:]] for figure in figures)]
    return "".join(f"| {' | '.join(map(_in_cell, row))} |\n" for row in rows)


def _in_cell(text: str) -> str:
    """Text that ends neither its cell nor its row."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
