"""A recordation as a document that can be taken elsewhere: all that was filed, nothing that only this place knows."""

from typing import Any

from service.holders import repository as holders
from service.recordations import repository
from service.recordations.schemas import PictureOut
from service.registry.repository import WORDS
from service.tables import RecordationRow

ENDINGS = frozenset({"png", "jpg", "jpeg", "webp", "svg", "tif", "tiff", "pdf"})


def document_of(row: RecordationRow) -> dict[str, Any]:
    """The recordation as it can be filed again; its pictures are named as `picture_name` names them."""
    content = repository.content_of(row).model_dump(mode="json", exclude_defaults=True)
    procedure = repository.procedure_of(row).model_dump(mode="json", exclude_defaults=True)
    holder = holders.content(row.holder).model_dump(mode="json", exclude_defaults=True)
    return {
        "jurisdiction": row.jurisdiction,
        **content,
        **procedure,
        "holder": holder,
        "marks": [
            mark.model_dump(mode="json", exclude_defaults=True, exclude={"pictures"})
            | {"pictures": [_picture(picture) for picture in mark.pictures if picture.purpose != WORDS]}
            for mark in repository.marks_of(row)
        ],
    }


def picture_name(sha256: str, name: str) -> str:
    """What a picture is called in an export: by its content, with the ending it came with."""
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    return f"pictures/{sha256}.{ending}" if ending in ENDINGS else f"pictures/{sha256}"


def _picture(picture: PictureOut) -> dict[str, Any]:
    return {
        "file": picture_name(picture.sha256, picture.name),
        "name": picture.name,
        "purpose": picture.purpose,
    }
