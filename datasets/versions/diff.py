"""What changed from one version to another: pictures, labels field by field, splits, and counts by mark."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

from datasets.labels.records import Label, LabelledImage
from datasets.versions.card import mark_of
from datasets.versions.markdown import points, table
from datasets.versions.records import Entry, Manifest, Split


@dataclass(frozen=True, kw_only=True)
class Change:
    """A picture or a label that is in both versions, and the fields in which it differs."""

    what: str  # image_id or label_id
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Move:
    """A picture that changed its split."""

    image: str  # image_id
    before: Split
    after: Split


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What changed. Everything is in the order of its id."""

    old: str  # id of the version
    new: str  # id of the version
    images_added: tuple[str, ...]
    images_removed: tuple[str, ...]
    images_changed: tuple[Change, ...]
    labels_added: tuple[str, ...]
    labels_removed: tuple[str, ...]
    labels_changed: tuple[Change, ...]
    moves: tuple[Move, ...]
    marks: tuple[tuple[str, int, int], ...]  # mark, labels before, labels after; those that changed

    def as_json(self) -> str:
        """For machines."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, indent=1) + "\n"

    def as_markdown(self) -> str:
        """For people."""
        changed = [(one.what, ", ".join(one.fields)) for one in self.images_changed]
        relabelled = [(one.what, ", ".join(one.fields)) for one in self.labels_changed]
        moves = [(move.image, move.before, move.after) for move in self.moves]
        marks = [(mark, before, after, f"{after - before:+,}") for mark, before, after in self.marks]
        sections = {
            f"Pictures added: {len(self.images_added):,}": points(self.images_added),
            f"Pictures removed: {len(self.images_removed):,}": points(self.images_removed),
            f"Pictures changed: {len(changed):,}": table(("picture", "fields"), changed),
            f"Labels added: {len(self.labels_added):,}": points(self.labels_added),
            f"Labels removed: {len(self.labels_removed):,}": points(self.labels_removed),
            f"Labels changed: {len(relabelled):,}": table(("label", "fields"), relabelled),
            f"Pictures in another split: {len(moves):,}": table(("picture", "before", "after"), moves),
            "Labels by mark": table(("mark", "before", "after", "change"), marks),
        }
        parts = [f"# From version {self.old[:12]} to {self.new[:12]}"]
        parts += [f"## {title}\n\n" + "\n".join(lines) for title, lines in sections.items()]
        return "\n\n".join(parts) + "\n"


def difference(old: Manifest, new: Manifest) -> Difference:
    """What changed from the old version to the new one."""
    before = {entry.image.image_id: entry for entry in old.images}
    after = {entry.image.image_id: entry for entry in new.images}
    said, says = _labels(old.images), _labels(new.images)
    both = sorted(before.keys() & after.keys())
    moves = [
        Move(image=own, before=before[own].split, after=after[own].split)
        for own in both
        if before[own].split != after[own].split
    ]
    return Difference(
        old=old.id,
        new=new.id,
        images_added=_only(after, before),
        images_removed=_only(before, after),
        images_changed=_changes({own: before[own].image for own in both}, {own: after[own].image for own in both}),
        labels_added=_only(says, said),
        labels_removed=_only(said, says),
        labels_changed=_changes(said, says),
        moves=tuple(moves),
        marks=_marks(said.values(), says.values()),
    )


def _labels(entries: Iterable[Entry]) -> dict[str, Label]:
    return {label.label_id: label for entry in entries for label in entry.labels}


def _only(here: Iterable[str], there: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(sorted(own for own in here if own not in there))


def _changes(old: Mapping[str, Label | LabelledImage], new: Mapping[str, Label | LabelledImage]) -> tuple[Change, ...]:
    found = []
    for own in sorted(old.keys() & new.keys()):
        names = (one.name for one in fields(old[own]) if one.name != "labels")  # labels are listed themselves
        changed = tuple(name for name in names if getattr(old[own], name) != getattr(new[own], name))
        if changed:
            found.append(Change(what=own, fields=changed))
    return tuple(found)


def _marks(old: Iterable[Label], new: Iterable[Label]) -> tuple[tuple[str, int, int], ...]:
    before, after = Counter(map(mark_of, old)), Counter(map(mark_of, new))
    changed = sorted(mark for mark in before.keys() | after.keys() if before[mark] != after[mark])
    return tuple((mark, before[mark], after[mark]) for mark in changed)
