"""Word marks filed without a picture: scans are compared with their words, drawn in plain letters."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from inference.artwork.lettering import Lettering
from service.errors import InvalidRequest
from service.recordations.documents import MarkIn, PictureIn
from service.registry.repository import WORDS, Picture

NAME = "words.png"


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture that the service drew, and its bytes."""

    picture: Picture
    data: bytes


def drawn(mark: MarkIn, pictures: Collection[Picture], lettering: Lettering) -> Drawn | None:
    """The words of a word mark that has no picture to compare scans with; None if it is none, or has one.

    None, too, if the font lacks its letters: then its self-test says that it cannot be found.
    """
    if mark.feature != "word" or any(picture.matched for picture in pictures):
        return None
    data = lettering.draw(mark.title)
    if data is None:
        return None
    sha256 = hashlib.sha256(data).hexdigest()
    return Drawn(picture=Picture(sha256=sha256, name=NAME, size=len(data), purpose=WORDS), data=data)


def filed_only(pictures: Collection[PictureIn], field: str) -> list[PictureIn]:
    """The pictures without those that the service drew, which it draws anew. Raises InvalidRequest if one is filed."""
    if any(item.purpose == WORDS and item.file is not None for item in pictures):
        raise InvalidRequest("words are drawn here, no file is taken for them", field=f"{field}.pictures")
    return [item for item in pictures if item.purpose != WORDS]
