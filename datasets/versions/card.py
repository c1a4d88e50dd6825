"""The card of a version: what is in it, where it came from, how it was split, and what it is not fit for."""

from collections import Counter
from collections.abc import Callable, Iterable

from datasets.labels.records import Label
from datasets.versions.markdown import plain, points, table
from datasets.versions.records import SPLITS, Entry, Manifest, Split, source_of

FEW = 20  # labels of a mark in the test split, below which its figures mean little
_GAPS = (
    "Labels are officers' decisions on what the models of the day found: what they missed is mostly not labelled.",
    "Only pictures that say so have a label on each recorded mark; elsewhere nothing follows from a missing label.",
    "That a parcel was released is no label; neither are time-outs and test pictures.",
    "Copies that were mirrored, turned or strongly cropped are not recognised as copies.",
)
_BLURRED = (
    "Names, addresses, barcodes and QR codes on photographs were made unreadable, and the pictures were read again to "
    "see that they are; cameras' own notes (place, device) are gone. What stands inside the box of a labelled mark was "
    "left as it is. X-ray scans show no ink and are as they came."
)
_CLEAR = (
    "Names and addresses on the parcels are **not** blurred: this version may not leave the administration. Make it "
    "with `--redact` to hand it on."
)


def card(manifest: Manifest) -> str:
    """The card in Markdown; the same manifest always has the same card."""
    sections = {
        f"Dataset version {manifest.id[:12]}": _head(manifest),
        "Pictures and labels by split": _by_split(manifest),
        "By modality": _counted("modality", manifest, lambda entry: [entry.modality]),
        "By category": _labelled("category", manifest, lambda label: label.category),
        "By strength": _labelled("strength", manifest, lambda label: label.strength),
        "By authenticity": _labelled("authenticity", manifest, lambda label: label.authenticity),
        "By source": _labelled("source", manifest, lambda label: source_of(label.source)),
        "By mark": _labelled("mark", manifest, mark_of),
        "Licences": table(("licence", "pictures"), manifest.licences),
        "How pictures were chosen": [
            *points(manifest.sampling),
            "",
            "Caps that were applied:",
            "",
            *points(manifest.caps),
        ],
        "How it was split": _splitting(manifest),
        "Known gaps": points([*_GAPS, *_thin(manifest), *manifest.remarks]),
        "Left out": table(("what", "why"), ((one.what, one.reason) for one in manifest.exclusions)),
        "Privacy": [_BLURRED if manifest.blurred else _CLEAR, "", _PSEUDONYMS],
        "Made by": table(("part", "version"), [("code", manifest.commit or "not in a repository"), *manifest.tools]),
    }
    parts = [
        f"{'#' if i == 0 else '##'} {title}\n\n" + "\n".join(lines) for i, (title, lines) in enumerate(sections.items())
    ]
    return "\n\n".join(parts) + "\n"


_PSEUDONYMS = "Parcels, senders and officers are named by pseudonyms if they were collected by Tidewaiter."


def mark_of(label: Label) -> str:
    """Of which mark a label is, for counting."""
    if label.category == "not_a_logo":
        return "(not a logo)"
    return label.mark_id or "(another logo)"


def _head(manifest: Manifest) -> list[str]:
    rows: list[tuple[str, object]] = [
        ("id", manifest.id),
        ("follows", manifest.parent or "no version"),
        ("made", manifest.created_at),
        ("pictures", len(manifest.images)),
        ("labels", sum(len(entry.labels) for entry in manifest.images)),
        ("bytes", sum(entry.size for entry in manifest.images)),
    ]
    return table(("what", "value"), [(name, f"{v:,}" if isinstance(v, int) else v) for name, v in rows])


def _by_split(manifest: Manifest) -> list[str]:
    rows = []
    for split in SPLITS:
        entries = manifest.of(split)
        complete = sum(entry.image.complete for entry in entries)
        labels = sum(len(entry.labels) for entry in entries)
        rows.append((split, len(entries), len({entry.group for entry in entries}), labels, complete))
    return table(("split", "pictures", "groups", "labels", "completely labelled"), rows)


def _counted(name: str, manifest: Manifest, what: Callable[[Entry], Iterable[str]]) -> list[str]:
    """A table of how often each value is in each split, the most frequent first."""
    counts: dict[Split, Counter[str]] = {
        split: Counter(value for entry in manifest.of(split) for value in what(entry)) for split in SPLITS
    }
    together = Counter[str]()
    for own in counts.values():
        together.update(own)
    order = sorted(together, key=lambda value: (-together[value], value))
    return table((name, *SPLITS, "all"), [(v, *(counts[split][v] for split in SPLITS), together[v]) for v in order])


def _labelled(name: str, manifest: Manifest, what: Callable[[Label], str]) -> list[str]:
    return _counted(name, manifest, lambda entry: map(what, entry.labels))


def _splitting(manifest: Manifest) -> list[str]:
    shares = ", ".join(f"{plain(split)} {share:.0%}" for split, share in manifest.shares)
    lines = [
        "Pictures of one parcel or one consignor, and pictures that are nearly the same, are in one split. Which is "
        f"drawn by the sender's name and the seed {manifest.seed}, and stays when new pictures come; where groups grow "
        f"together, test wins, then validation. Wished for, of the groups: {shares}.",
    ]
    if manifest.divided:
        lines += [
            "",
            "Too large for one split, therefore split by parcel, these consignors:",
            "",
            *points(manifest.divided),
        ]
    return lines


def _thin(manifest: Manifest) -> Iterable[str]:
    """Yield what is too rare in the test split to be measured."""
    there = Counter(mark_of(label) for entry in manifest.images for label in entry.labels)
    tested = Counter(mark_of(label) for entry in manifest.of("test") for label in entry.labels)
    thin = [mark for mark in there if tested[mark] < FEW]
    if thin:
        count = f"{len(thin):,} of {len(there):,} marks"
        yield f"{count} have fewer than {FEW} labels in the test split: no figure of theirs is sure."
    if not any(entry.modality == "xray" for entry in manifest.images):
        yield "There are no X-ray scans."
