"""Which picture is learnt from and which is tested with: by parcel and sender, never by picture.

Pictures of one parcel or one consignor, and pictures that are nearly the same, are in one split: a net that saw a
parcel from the left would otherwise be praised for knowing it from the right. An empty parcel or consignor joins
nothing.

Who is in which split is computed from the sender's (else the parcel's, else the picture's) name and the seed alone, so
that new pictures of an old sender go where the old ones are. Pictures of a parent version keep its split. Where a group
joins what was apart, the test split wins, then validation: what a model was judged by must never be learnt from. (That
a test picture was once learnt from flatters only the old champion, which makes the gate stricter for the new one.)

A consignor of more than 30 % of the pictures is split by parcel, or the set could not be split at all; the manifest
says so.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from datasets.labels.records import LabelledImage
from datasets.versions.records import SPLITS, Split, check_shares

SHARES: Mapping[Split, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}
LARGE = 0.3  # of the pictures: a consignor of more is split by parcel
GUARDED: tuple[Split, ...] = ("test", "validation", "train")  # the first wins where a group had several

Pairs = Iterable[tuple[str, str]]  # image ids


@dataclass(frozen=True, kw_only=True)
class Division:
    """Where each picture went, and why it could not be done better."""

    split: Mapping[str, Split]  # image_id -> split
    group: Mapping[str, str]  # image_id -> name of its group
    divided: tuple[str, ...]  # consignors that were split by parcel
    remarks: tuple[str, ...]


def split(
    images: Sequence[LabelledImage], seed: int, shares: Mapping[Split, float] = SHARES, *, alike: Pairs = ()
) -> dict[str, Split]:
    """The split of each picture by its id. Raises BadVersion for shares that cannot be."""
    return dict(divide(images, seed=seed, shares=shares, alike=alike).split)


def divide(
    images: Sequence[LabelledImage],
    *,
    seed: int,
    shares: Mapping[Split, float] = SHARES,
    alike: Pairs = (),
    before: Mapping[str, Split] | None = None,
) -> Division:
    """Put each picture in a split, groups as a whole.

    `alike` are pairs of pictures that are nearly the same, `before` is where a parent version had its pictures.
    """
    wished = check_shares(dict(shares))
    divided = large_consignors(images)
    keys = keys_of(images, divided)
    members = groups_of(images, divided, alike)
    splits: dict[str, Split] = {}
    names: dict[str, str] = {}
    for ids in members:
        own = sorted({keys[image] for image in ids})
        known = {(before or {})[image] for image in ids if image in (before or {})}
        chosen = guarded(known or {drawn(key, seed, wished) for key in own})
        name = hashlib.sha256(own[0].encode("utf-8", "surrogatepass")).hexdigest()[:16]
        splits |= dict.fromkeys(ids, chosen)
        names |= dict.fromkeys(ids, name)
    remarks = [*_large(members, names, len(images)), *_empty(splits, wished)]
    return Division(split=splits, group=names, divided=tuple(sorted(divided)), remarks=tuple(remarks))


def large_consignors(images: Sequence[LabelledImage]) -> frozenset[str]:
    """The consignors of more than LARGE of the pictures."""
    counts = Counter(image.consignor for image in images if image.consignor)
    return frozenset(name for name, count in counts.items() if count > LARGE * len(images))


def keys_of(images: Sequence[LabelledImage], divided: frozenset[str]) -> dict[str, str]:
    """By what the split of each picture is drawn: its parcel's consignor, else its parcel, else itself."""
    senders: dict[str, str] = {}  # parcel -> consignor, the first by name: pictures of a parcel are drawn alike
    for image in images:
        if image.parcel and image.consignor and image.consignor not in divided:
            senders[image.parcel] = min(image.consignor, senders.get(image.parcel, image.consignor))
    return {image.image_id: _key(image, senders, divided) for image in images}


def _key(image: LabelledImage, senders: Mapping[str, str], divided: frozenset[str]) -> str:
    sender = senders.get(image.parcel) or ("" if image.consignor in divided else image.consignor)
    if sender:
        return f"consignor {sender}"
    return f"parcel {image.parcel}" if image.parcel else f"picture {image.image_id}"


def groups_of(images: Sequence[LabelledImage], divided: frozenset[str], alike: Pairs) -> list[list[str]]:
    """The pictures that belong together, each group and all groups in the order of `images`."""
    links: dict[str, str] = {image.image_id: image.image_id for image in images}
    first: dict[tuple[str, str], str] = {}
    for image in images:
        sender = "" if image.consignor in divided else image.consignor
        for kind, value in (("parcel", image.parcel), ("consignor", sender), ("bytes", image.sha256)):
            if value:
                _join(links, first.setdefault((kind, value), image.image_id), image.image_id)
    for one, other in alike:
        _join(links, one, other)
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for image in images:
        groups[_root(links, image.image_id)].append(image.image_id)
    return list(groups.values())


def drawn(key: str, seed: int, shares: Mapping[Split, float]) -> Split:
    """The split of a key, as if drawn by lot; the same key and seed always draw the same."""
    digest = hashlib.sha256(f"{seed}\0{key}".encode("utf-8", "surrogatepass")).digest()
    lot = int.from_bytes(digest[:8], "big") / 2**64
    for name in GUARDED[:-1]:
        if lot < shares.get(name, 0.0):
            return name
        lot -= shares.get(name, 0.0)
    return GUARDED[-1]


def guarded(splits: Iterable[Split]) -> Split:
    """Of several splits the one that must be kept from learning most."""
    return min(splits, key=GUARDED.index)


def _join(links: dict[str, str], one: str, other: str) -> None:
    links[_root(links, one)] = _root(links, other)


def _root(links: dict[str, str], name: str) -> str:
    while links[name] != name:
        links[name] = links[links[name]]  # halves the way for the next one
        name = links[name]
    return name


def _large(members: Sequence[Sequence[str]], names: Mapping[str, str], count: int) -> Iterable[str]:
    for ids in members:
        if len(ids) > LARGE * count and len(ids) > 1:
            share = round(100 * len(ids) / count)
            yield f"group {names[ids[0]]} has {len(ids):,} of {count:,} pictures ({share} %): they are in one split"


def _empty(splits: Mapping[str, Split], shares: Mapping[Split, float]) -> Iterable[str]:
    there = set(splits.values())
    for name in SPLITS:
        if shares.get(name, 0.0) > 0 and name not in there:
            yield f"no picture is in {name}: there are too few parcels and consignors"
