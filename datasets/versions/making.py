"""Make a version: labels and pictures in, a folder out that says all of itself.

What may not be learnt from is left out with the reason: licences that are not on the list, pictures that cannot be
decoded, pictures on which names could not be made unreadable. What is missing or is not what was labelled stops it all:
then nobody knows what the labels are about.
"""

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from datasets.labels.records import LabelledImage
from datasets.versions import origin
from datasets.versions.collected import Collected
from datasets.versions.duplicates import ALIKE, duplicates
from datasets.versions.errors import BadVersion, NothingToLearn, listed
from datasets.versions.exporting import Exporter
from datasets.versions.hashes import Print, print_of
from datasets.versions.licences import Licence, refusal
from datasets.versions.manifest import Entry, Exclusion, Manifest, write
from datasets.versions.pictures import checked_bytes, pixels, sidecar_bytes
from datasets.versions.records import SPLITS, Split, sidecar_name
from datasets.versions.splitting import SHARES, divide
from inference.errors import TidewaiterError

Moved = Callable[[int, int], None]  # pictures done, of how many


@dataclass(frozen=True, kw_only=True)
class Order:
    """How a version is to be made."""

    seed: int
    licences: Mapping[str, Licence]
    shares: Mapping[Split, float] = field(default_factory=lambda: dict(SHARES))
    alike: float = ALIKE  # correlation from which on two pictures are nearly the same
    parent: Manifest | None = None
    collected: Collected = field(default_factory=Collected)
    created_at: str = ""  # empty: now
    commit: str | None = None  # None: asked of git


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """A picture that stays, with what is to be written of it."""

    image: LabelledImage  # as it is in the version
    print: Print
    size: int  # bytes
    made_from: str
    sidecar: str


def make(
    images: Sequence[LabelledImage],
    pictures: Path,
    out: Path,
    order: Order,
    *,
    exporter: Exporter | None = None,
    moved: Moved = lambda done, total: None,
) -> Manifest:
    """Write a version of the images to the new folder `out`; `exporter` blurs names and addresses.

    Raises VersionExists, BadVersion with all pictures that are missing or not what was labelled, and NothingToLearn.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.pictures.", dir=out.parent) as staged:
        source = Path(staged) if exporter else pictures
        kept, left = _sorted_out(images, pictures, order, (exporter, Path(staged)), moved)
        if not kept:
            why = listed([f"{one.what}: {one.reason}" for one in left]) or "there are no labels"
            raise NothingToLearn(why, field="labels")
        manifest = _described(kept, left, order, blurred=exporter is not None)
        write(manifest, out, source)
    return manifest


def _described(kept: Sequence[_Kept], left: Sequence[Exclusion], order: Order, *, blurred: bool) -> Manifest:
    """The manifest of pictures that stay, split by what belongs together."""
    images = [one.image for one in kept]
    pairs = [(images[a].image_id, images[b].image_id) for a, b in duplicates([one.print for one in kept], order.alike)]
    division = divide(images, seed=order.seed, shares=order.shares, alike=pairs, before=_before(kept, order.parent))
    entries = [
        Entry(
            image=one.image,
            size=one.size,
            group=division.group[one.image.image_id],
            split=division.split[one.image.image_id],
            made_from=one.made_from,
            sidecar=one.sidecar,
        )
        for one in kept
    ]
    told = [Exclusion(what=one.what, reason=one.reason) for one in order.collected.excluded]
    return Manifest(
        parent=order.parent.id if order.parent else None,
        created_at=order.created_at or datetime.now(UTC).isoformat(timespec="seconds"),
        seed=order.seed,
        shares=tuple((split, float(order.shares.get(split, 0.0))) for split in SPLITS),
        images=tuple(sorted(entries, key=lambda entry: entry.image.image_id)),
        sampling=(*order.collected.sampling, f"nearly the same: sketches that correlate by at least {order.alike:g}"),
        caps=order.collected.caps,
        exclusions=(*told, *left),
        divided=division.divided,
        remarks=division.remarks,
        blurred=blurred,
        commit=origin.commit() if order.commit is None else order.commit,
        tools=origin.tools(),
    )


def _sorted_out(
    images: Sequence[LabelledImage], pictures: Path, order: Order, export: tuple[Exporter | None, Path], moved: Moved
) -> tuple[list[_Kept], list[Exclusion]]:
    """What stays and what does not. Raises BadVersion with all that is missing or not what was labelled."""
    kept: list[_Kept] = []
    left: list[Exclusion] = []
    problems: list[str] = []
    for done, image in enumerate(images, 1):
        what = f"image {image.image_id}"
        try:
            refused = refusal(image.licence, order.licences)
            if refused is None:
                kept.append(_looked_at(image, pictures, export))
            else:
                left.append(Exclusion(what=what, reason=refused))
        except BadVersion as error:
            problems.append(f"{what}: {error.detail}")
        except TidewaiterError as error:  # it is no picture, or stays legible
            left.append(Exclusion(what=what, reason=f"{error.title} {error.detail}"))
        moved(done, len(images))
    if problems:
        raise BadVersion(listed(problems), field="pictures")
    return kept, left


def _looked_at(image: LabelledImage, pictures: Path, export: tuple[Exporter | None, Path]) -> _Kept:
    data, sidecar = checked_bytes(image, pictures), sidecar_bytes(image, pictures)
    seen = pixels(data, image, sidecar)
    own, exporter, staged = image, *export
    if exporter is not None:
        own, data = exporter.exported(image, seen, data)
        target = staged / own.file_name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        if sidecar is not None:
            (staged / sidecar_name(own.file_name)).write_bytes(sidecar)
    return _Kept(
        image=own,
        print=print_of(seen),
        size=len(data),
        made_from=image.sha256 if own.sha256 != image.sha256 else "",
        sidecar=hashlib.sha256(sidecar).hexdigest() if sidecar is not None else "",
    )


def _before(kept: Sequence[_Kept], parent: Manifest | None) -> dict[str, Split]:
    """The parent's split of each picture that it has, by the picture's id or by its bytes."""
    if parent is None:
        return {}
    by_id = {entry.image.image_id: entry.split for entry in parent.images}
    by_bytes = {entry.made_from or entry.sha256: entry.split for entry in parent.images}
    known = {one.image.image_id: by_bytes.get(one.made_from or one.image.sha256) for one in kept}
    found = {image: by_id.get(image, split) for image, split in known.items()}
    return {image: split for image, split in found.items() if split is not None}
