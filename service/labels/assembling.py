"""From statements and imported sets to records, one for each picture. Pure, but for the pseudonyms' key."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.labels.boxes import overlap
from service.labels.pseudonyms import Pseudonyms
from service.labels.records import ImageRecord, LabelRecord
from service.labels.rules import LabelRules
from service.labels.statements import STRENGTHS, Box, Left, Statement

ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/tiff": ".tif",
    "application/dicom": ".dcm",
}


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """The records by image, and which statements gave way to what came with a set."""

    images: tuple[ImageRecord, ...]
    left: tuple[Left, ...]


class Assembler:
    """Makes records; officers, parcels and consignors leave under pseudonyms."""

    def __init__(self, rules: LabelRules, pseudonyms: Pseudonyms) -> None:
        self._rules, self._pseudonyms = rules, pseudonyms

    def assemble(self, statements: Sequence[Statement], sets: Mapping[str, Sequence[ImageRecord]]) -> Assembled:
        """One record for each picture, by identifier; `sets` are those of each imported set, by its identifier."""
        own: defaultdict[str, list[Statement]] = defaultdict(list)
        for one in statements:
            own[one.picture.sha256].append(one)
        beside = _beside(statements)
        images = {sha256: self._image(said, beside.get(sha256, ())) for sha256, said in own.items()}
        left: list[Left] = []
        for set_id in sorted(sets):
            for record in sets[set_id]:
                known = images.get(record.sha256)
                foreign = _of_set(record, set_id)
                images[record.sha256] = foreign if known is None else self._merged(known, foreign, left)
        return Assembled(images=tuple(sorted(images.values(), key=lambda one: one.image_id)), left=tuple(left))

    def _image(self, said: Sequence[Statement], beside: Sequence[tuple[str, Box]]) -> ImageRecord:
        picture = min((one.picture for one in said), key=lambda one: (one.scan_id, one.view))
        labels = [self._label(one) for one in said]
        for number, (source, box) in enumerate(beside):
            if all(overlap(box, label.box) < self._rules.overlap for label in labels):
                labels.append(_ignored(f"{_label_id(source)}-{number}-{picture.sha256[:8]}", source, box))
        return ImageRecord(
            image_id=image_id(picture.sha256),
            file_name=picture.sha256 + ENDINGS.get(picture.media_type, ".bin"),
            sha256=picture.sha256,
            width=picture.width,
            height=picture.height,
            modality=picture.modality,
            view=picture.name or "",
            parcel=self._pseudonyms.of("parcel", picture.parcel),
            consignor=self._pseudonyms.of("consignor", picture.consignor),
            station=picture.station,
            captured_at=picture.captured_at.isoformat(),
            licence=self._rules.licence,
            labels=tuple(sorted(labels, key=lambda one: one.label_id)),
        )

    def _label(self, one: Statement) -> LabelRecord:
        told = [("office", one.office), ("said_at", one.at.isoformat())]
        told += [("alert", one.alert_id)] if one.alert_id is not None else []
        told += [("suspected", one.suspected)] if one.suspected is not None else []
        told += [("officer", self._pseudonyms.of("officer", name)) for name in one.voices]
        return LabelRecord(
            label_id=_label_id(one.source),
            box=one.box,
            category=one.category,
            mark_id=one.mark_id,
            holder=one.holder,
            strength=one.strength,
            authenticity=one.authenticity,
            source=one.source,
            provenance=tuple(sorted(told)),
        )

    def _merged(self, own: ImageRecord, foreign: ImageRecord, left: list[Left]) -> ImageRecord:
        """Both; at the same place the stronger one, of equals the set's: it was looked through."""
        theirs = [one for one in foreign.labels if not _outdone(one, own.labels, self._rules.overlap, ties=False)]
        ours = [one for one in own.labels if not _outdone(one, foreign.labels, self._rules.overlap, ties=True)]
        kept = {one.label_id for one in ours}
        left += [Left(source=one.source, reason="overruled") for one in own.labels if one.label_id not in kept]
        labels = tuple(sorted((*ours, *theirs), key=lambda one: one.label_id))
        return own.model_copy(update={"labels": labels, "complete": foreign.complete})


def image_id(sha256: str) -> str:
    """Under what a picture is known in all sets."""
    return f"picture_{sha256[:32]}"


def _label_id(source: str) -> str:
    return "label_" + source.partition(":")[2]


def _ignored(label_id: str, source: str, box: Box) -> LabelRecord:
    return LabelRecord(label_id=label_id, box=box, category="logo", strength="weak", ignore=True, source=source)


def _of_set(record: ImageRecord, set_id: str) -> ImageRecord:
    labels = [
        label.model_copy(
            update={
                "label_id": f"{set_id}:{label.label_id}",
                "provenance": tuple(sorted((*label.provenance, ("set", set_id)))),
            }
        )
        for label in record.labels
    ]
    names = {"image_id": image_id(record.sha256), "file_name": record.sha256 + record.ending}
    return record.model_copy(update=names | {"labels": tuple(sorted(labels, key=lambda one: one.label_id))})


def _outdone(one: LabelRecord, others: Sequence[LabelRecord], least: float, *, ties: bool) -> bool:
    return any(
        overlap(one.box, other.box) >= least and (_rank(other), not ties) < (_rank(one), True) for other in others
    )


def _rank(one: LabelRecord) -> int:
    return len(STRENGTHS) if one.ignore else STRENGTHS.index(one.strength)


def _beside(statements: Sequence[Statement]) -> dict[str, list[tuple[str, Box]]]:
    """sha256 -> the places of which nothing can be said, and who left that open."""
    found: defaultdict[str, list[tuple[str, Box]]] = defaultdict(list)
    for one in statements:
        for picture, box in one.beside:
            if box not in [known for _, known in found[picture.sha256]]:
                found[picture.sha256].append((one.source, box))
    return dict(found)
