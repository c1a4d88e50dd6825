"""What is known of a labelled picture. One vocabulary for all formats: each of them carries all of it.

A label says what is at a place, who said so, and how far it can be trusted. That a parcel was released is no label.
"""

from dataclasses import dataclass, field
from typing import Literal

Category = Literal["logo", "not_a_logo"]  # a recorded mark or another sign; something that only looks like one
Strength = Literal["gold", "strong", "weak"]  # a right holder's word or an audited set; two officers; one
Authenticity = Literal["infringing", "genuine", "unknown"]
Modality = Literal["photo", "xray"]
Box = tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels of the picture


@dataclass(frozen=True, kw_only=True)
class Label:
    """What is at one place of a picture."""

    label_id: str
    box: Box
    category: Category
    mark_id: str | None = None  # None: a logo of no recorded mark, or of one that is not known
    holder: str | None = None
    strength: Strength
    authenticity: Authenticity = "unknown"
    ignore: bool = False  # neither to be learnt nor to be counted (COCO's iscrowd, VOC's difficult)
    occluded: bool = False
    truncated: bool = False
    source: str  # e.g. decision:decision_0193…, task:…, set:…
    provenance: tuple[tuple[str, str], ...] = ()  # e.g. ("alert", …), ("office", …), sorted by name


@dataclass(frozen=True, kw_only=True)
class LabelledImage:
    """A picture and all that was said of it."""

    image_id: str
    file_name: str  # relative to the set's folder of pictures
    sha256: str
    width: int  # pixels
    height: int  # pixels
    modality: Modality = "photo"
    view: str = ""  # from where it was taken
    parcel: str = ""  # what belongs to one parcel or consignor stays in one split
    consignor: str = ""
    station: str = ""
    captured_at: str = ""  # ISO 8601 with its zone, or empty
    licence: str = ""
    complete: bool = False  # each recorded mark on it has a label
    labels: tuple[Label, ...] = field(default=())
