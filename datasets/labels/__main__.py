"""Exchange, check and count labels.

python -m datasets.labels convert SOURCE --from coco --to yolo OUT [--pictures DIR] [--marks FILE]
python -m datasets.labels check SOURCE [--from lines] [--pictures DIR] [--marks FILE]
python -m datasets.labels show SOURCE [--from lines]

Results are on standard output, progress and remarks on standard error; the exit status is 1 if labels cannot be used.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from datasets.labels.checking import check
from datasets.labels.errors import BadLabels
from datasets.labels.formats.files import read_bytes
from datasets.labels.formats.known import FORMATS
from datasets.labels.records import LabelledImage
from datasets.labels.showing import show
from inference.errors import TidewaiterError


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; return the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        images = _read(chosen.source, chosen.form, chosen.pictures, chosen.marks)
        if chosen.command == "convert":
            _say(f"writing {chosen.to} into {chosen.out}")
            FORMATS[chosen.to].write(images, chosen.out)
        if chosen.command == "show":
            show(images, Console(highlight=False))
    except TidewaiterError as error:
        _say(f"{error.title} {error}")
        return 1
    except OSError as error:
        _say(f"{error.filename or chosen.source}: {error.strerror}")
        return 1
    labels = sum(len(image.labels) for image in images)
    _say(f"{len(images)} pictures with {labels} labels")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m datasets.labels", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, said in (("convert", "write labels in another format"), ("check", "name all that is wrong")):
        _common(commands.add_parser(name, help=said))
    _common(commands.add_parser("show", help="count labels by category, strength and mark"))
    convert = commands.choices["convert"]
    convert.add_argument("--to", required=True, choices=list(FORMATS), help="the format to write")
    convert.add_argument("out", type=Path, help="a new or empty folder")
    return parser


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("source", type=Path, help="a file or folder of labels")
    command.add_argument("--from", dest="form", default="lines", choices=list(FORMATS), help="its format (lines)")
    command.add_argument("--pictures", type=Path, help="folder of the pictures, for sizes and hashes not given")
    command.add_argument("--marks", type=Path, help="known marks: one a line, or a CSV with a column mark_id")


def _read(source: Path, form: str, pictures: Path | None, marks: Path | None) -> tuple[LabelledImage, ...]:
    known = None if marks is None else marks_of(marks)
    remarks: list[str] = []
    _say(f"reading {form} from {source}")
    images = FORMATS[form].read(source, pictures=pictures, known_marks=known or (), remarks=remarks)
    for remark in remarks:
        _say(f"note: {remark}")
    check(images, known_marks=known)
    return images


def marks_of(path: Path) -> frozenset[str]:
    """The marks that a file names, one a line or in the column mark_id of a CSV. Raises BadLabels."""
    try:
        lines = read_bytes(path).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadLabels.one(f"it is not UTF-8 at byte {error.start}", place=str(path), field="marks") from error
    if path.suffix.lower() != ".csv":
        return frozenset(line.strip() for line in lines if line.strip())
    rows = csv.DictReader(lines)
    if "mark_id" not in (rows.fieldnames or ()):
        raise BadLabels.one("it has no column mark_id", place=str(path), field="marks", limit="a column mark_id")
    return frozenset(row["mark_id"] for row in rows if row["mark_id"])


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
