"""Labels as they leave and come back: the records of `datasets.labels.records`, which the service does not import."""

import json
import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from service.labels.statements import Authenticity, Category, Strength

Text = Annotated[str, StringConstraints(max_length=4000)]
Needed = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Side = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Flag = Annotated[bool, Field(strict=True)]
ENDING = re.compile(r"\.[a-z0-9]{1,5}")


def _relative(name: str) -> str:
    parts = name.split("/")
    if "\\" in name or ":" in name or any(part in ("", ".", "..") for part in parts) or not name.isprintable():
        raise ValueError(f"{name!r} is no file in the folder of pictures")
    return name


FileName = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_relative)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LabelRecord(_Record):
    """What is at one place of a picture: the same fields as `datasets.labels.records.Label`."""

    label_id: Needed
    box: tuple[float, float, float, float]
    category: Category
    mark_id: Needed | None = None
    holder: Text | None = None
    strength: Strength
    authenticity: Authenticity = "unknown"
    ignore: Flag = False
    occluded: Flag = False
    truncated: Flag = False
    source: Needed
    provenance: tuple[tuple[Needed, Text], ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        x1, y1, x2, y2 = self.box
        if not (x1 < x2 and y1 < y2):
            raise ValueError(f"box {list(self.box)} is empty or inverted")
        if self.category == "not_a_logo" and self.mark_id is not None:
            raise ValueError("what is not_a_logo has no mark")
        if list(self.provenance) != sorted(self.provenance):
            raise ValueError("provenance is sorted by name")
        return self


class ImageRecord(_Record):
    """A picture and all that was said of it: the same fields as `datasets.labels.records.LabelledImage`."""

    image_id: Needed
    file_name: FileName
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    width: Side
    height: Side
    modality: Literal["photo", "xray"] = "photo"
    view: Text = ""
    parcel: Text = ""
    consignor: Text = ""
    station: Text = ""
    captured_at: Text = ""
    licence: Text = ""
    complete: Flag = False
    labels: tuple[LabelRecord, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for label in self.labels:
            x1, y1, x2, y2 = label.box
            if min(x1, y1) < 0 or x2 > self.width or y2 > self.height:
                said = f"box {list(label.box)} of label {label.label_id!r}"
                raise ValueError(f"{said} is outside the picture of {self.width}x{self.height} pixels")
        return self

    @property
    def ending(self) -> str:
        """What its file's name ends with, if that is a usual one."""
        found = ENDING.search(self.file_name, self.file_name.rfind("."))
        return "" if found is None or found.end() != len(self.file_name) else found.group()

    def line(self) -> bytes:
        """It as one line, with the line's end: equal records give equal bytes."""
        fields = self.model_dump(mode="json")
        return (json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
