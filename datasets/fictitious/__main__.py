"""Write a registry of fictitious marks: `python -m datasets.fictitious --out DIR --count 48 --seed 7`."""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from datasets.fictitious.marks import FictitiousMark, fictitious_marks

COLUMNS = ("mark_id", "title", "holder", "file", "source", "licence", "variant", "colour", "split")


def write_registry(marks: Sequence[FictitiousMark], out: Path) -> Path:
    """Write `out/registry.csv` and `out/artwork/*.svg`, two pictures a mark; return the table's path.

    The split is `held_out`: nothing is trained on these marks, so that what the demo finds was never seen before.
    """
    (out / "artwork").mkdir(parents=True, exist_ok=True)
    table = out / "registry.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for mark in marks:
            for suffix, svg, colour in (("", mark.colour, True), ("-mono", mark.one_colour, False)):
                name = f"artwork/{mark.mark_id}{suffix}.svg"
                (out / name).write_text(svg, encoding="utf-8", newline="\n")
                known = (mark.mark_id, mark.title, mark.holder, name)
                rows.writerow([*known, "tidewaiter", "Apache-2.0", mark.variant, colour, "held_out"])
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the marks that the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m datasets.fictitious", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for registry.csv and artwork/")
    parser.add_argument("--count", type=int, default=48, help="number of marks (default 48)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed draws the same marks (default 7)")
    chosen = parser.parse_args(arguments)
    table = write_registry(fictitious_marks(chosen.count, chosen.seed), chosen.out)
    sys.stderr.write(f"wrote {chosen.count} marks to {table}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
