"""Versions of labelled sets: make one, verify it, compare two, describe it, look for leaks between its splits.

python -m datasets.versions make LABELS.jsonl PICTURES OUT [--parent DIR] [--seed N] [--redact]
python -m datasets.versions verify DIR
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from datasets.versions.card import card
from datasets.versions.collected import Collected, read_collected
from datasets.versions.diff import difference
from datasets.versions.duplicates import ALIKE
from datasets.versions.errors import BadVersion
from datasets.versions.exporting import load_exporter
from datasets.versions.handing_out import hand_out
from datasets.versions.hashes import print_of
from datasets.versions.leaks import leaks
from datasets.versions.licences import LIST, load_licences
from datasets.versions.making import Order, make
from datasets.versions.manifest import PICTURES, Manifest, read, verify
from datasets.versions.pictures import checked_bytes, pixels, sidecar_bytes
from datasets.versions.reading import read_labels
from inference.errors import TidewaiterError

SEED = 7


class Shell:
    """What the commands say: results on stdout, everything else on stderr."""

    def __init__(self) -> None:
        self._stderr = Console(stderr=True, soft_wrap=True)

    def say(self, text: str) -> None:
        """Write a line for people."""
        self._stderr.print(text, markup=False, highlight=False)

    def fail(self, text: str) -> None:
        """Write a line on what is wrong."""
        self._stderr.print(text, markup=False, highlight=False, style="red")

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """Show how many of how many are done."""
        with Progress(console=self._stderr, transient=True) as bars:
            bar = bars.add_task(what, total=None)
            yield lambda done, total: bars.update(bar, completed=done, total=total)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; return the exit status: 0, 1 if something is wrong, 2 for a wrong command."""
    chosen = _parser().parse_args(arguments)
    shell = Shell()
    commands = {
        "make": _make,
        "verify": _verify,
        "diff": _diff,
        "card": _card,
        "leaks": _leaks,
        "redact": _redact,
    }
    try:
        return commands[chosen.command](chosen, shell)
    except TidewaiterError as error:
        shell.fail(f"{error.title} {error.detail}")
        return 1


def _make(chosen: argparse.Namespace, shell: Shell) -> int:
    parent = read(chosen.parent) if chosen.parent else None
    order = Order(
        seed=_seed(chosen.seed, parent),
        licences=load_licences(chosen.licences),
        alike=chosen.alike,
        parent=parent,
        collected=read_collected(chosen.collected) if chosen.collected else Collected(),
    )
    images = read_labels(chosen.labels)
    exporter = load_exporter() if chosen.redact else None
    with shell.progress("pictures") as moved:
        manifest = make(images, chosen.pictures, chosen.out, order, exporter=exporter, moved=moved)
    for left in manifest.exclusions:
        shell.say(f"left out: {left.what}: {left.reason}")
    for remark in manifest.remarks:
        shell.say(remark)
    shell.say(f"wrote {len(manifest.images):,} pictures to {chosen.out}")
    sys.stdout.write(f"{manifest.id}\n")
    return 0


def _seed(asked: int | None, parent: Manifest | None) -> int:
    """The seed of the splits: the parent's, or old senders would be drawn anew. Raises BadVersion for another one."""
    if parent is None:
        return SEED if asked is None else asked
    if asked not in (None, parent.seed):
        raise BadVersion(f"the seed is {asked}", field="seed", limit=f"the parent's: {parent.seed}")
    return parent.seed


def _verify(chosen: argparse.Namespace, shell: Shell) -> int:
    problems = verify(chosen.version, expected=chosen.id)
    for problem in problems:
        shell.fail(problem)
    if not problems:
        manifest = read(chosen.version)
        shell.say(f"all {len(manifest.images):,} pictures are as they were")
        sys.stdout.write(f"{manifest.id}\n")
    return 1 if problems else 0


def _diff(chosen: argparse.Namespace, shell: Shell) -> int:
    found = difference(read(chosen.old), read(chosen.new))
    sys.stdout.write(found.as_json() if chosen.json else found.as_markdown())
    return 0


def _card(chosen: argparse.Namespace, shell: Shell) -> int:
    sys.stdout.write(card(read(chosen.version)))
    return 0


def _leaks(chosen: argparse.Namespace, shell: Shell) -> int:
    manifest = read(chosen.version)
    images = [entry.image for entry in manifest.images]
    prints = []
    with shell.progress("pictures") as moved:
        for done, image in enumerate(images, 1):
            folder = chosen.version / PICTURES
            data, sidecar = checked_bytes(image, folder), sidecar_bytes(image, folder)
            prints.append(print_of(pixels(data, image, sidecar)))
            moved(done, len(images))
    splits = {entry.image.image_id: entry.split for entry in manifest.images}
    found = leaks(images, splits, prints, divided=manifest.divided)
    for leak in found:
        shell.fail(str(leak))
    shell.say(f"{len(found):,} leaks between the splits of {len(images):,} pictures")
    return 1 if found else 0


def _redact(chosen: argparse.Namespace, shell: Shell) -> int:
    with shell.progress("pictures") as moved:
        left = hand_out(chosen.folder, load_exporter(), moved)
    for one in left:
        shell.say(f"left out: {one.what}: {one.reason}")
    shell.say(f"redacted the pictures of {chosen.folder}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m datasets.versions", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    making = commands.add_parser("make", help="write a new version; its id is printed")
    making.add_argument("labels", type=Path, metavar="LABELS", help="labels.jsonl")
    making.add_argument("pictures", type=Path, metavar="PICTURES", help="folder of the pictures")
    making.add_argument("out", type=Path, metavar="OUT", help="new folder for the version")
    making.add_argument("--parent", type=Path, metavar="DIR", help="the version that this one follows")
    making.add_argument("--seed", type=int, help=f"of the splits (default: the parent's, else {SEED})")
    making.add_argument("--redact", action="store_true", help="make names, addresses and codes unreadable")
    making.add_argument("--collected", type=Path, metavar="JSON", help="rules, caps and exclusions of the collection")
    making.add_argument("--licences", type=Path, default=LIST, metavar="TOML", help="what may be learnt from")
    making.add_argument("--alike", type=float, default=ALIKE, help="likeness of copies (default %(default)s; 2: none)")
    checking = commands.add_parser("verify", help="name each file that is missing, changed or foreign")
    checking.add_argument("version", type=Path, metavar="DIR")
    checking.add_argument("--id", help="of the version, as it was written down elsewhere")
    comparing = commands.add_parser("diff", help="what changed between two versions")
    comparing.add_argument("old", type=Path, metavar="OLD")
    comparing.add_argument("new", type=Path, metavar="NEW")
    comparing.add_argument("--json", action="store_true", help="for machines")
    for name, text in (("card", "describe a version"), ("leaks", "what is in two splits though it belongs together")):
        commands.add_parser(name, help=text).add_argument("version", type=Path, metavar="DIR")
    redacting = commands.add_parser("redact", help="redact a folder of labels.jsonl and pictures/, in place")
    redacting.add_argument("folder", type=Path, metavar="FOLDER")
    return parser


if __name__ == "__main__":
    sys.exit(main())
