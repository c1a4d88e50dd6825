"""Word or figurative? Decided per right holder by a rule, not by a list: a word mark is one whose name can be read.

Offices call a mark "word" by the form it was filed under; artwork tables do not say. What matters here is whether
reading can help, so the reader itself is asked, on artwork as it was filed, at a size at which it reads well.
"""

from collections.abc import Iterable
from typing import Literal

import numpy as np

from inference.artwork.rasterise import Rgba
from inference.embedder import MARGIN, artwork_views
from inference.inspector import Reads
from inference.reader import THOROUGH
from inference.vocabulary import Boxes
from inference.wording import fold

Kind = Literal["word", "figurative"]
KINDS: tuple[Kind, ...] = ("word", "figurative")
LONGEST = 256  # px of the artwork's longest side: letters of a filed name are well above the 8 px that can be read
SIDE = round(LONGEST * MARGIN)  # px of the view around it


def kind_of(filed: Iterable[tuple[str, Rgba]], reader: Reads) -> Kind:
    """The kind of a right holder whose artwork is `filed`: (title of its mark, picture (h, w, 4)) each.

    It is "word" if on at least one of the pictures, on light ground (dark ink, if it has one colour), one reading is
    the title: the same letters and digits in the same order, whatever their case, accents and spaces
    (`inference.wording.fold`). A title without letters or digits cannot be read.
    """
    read = (fold(title) in _said(picture, reader) for title, picture in filed if fold(title))
    return "word" if any(read) else "figurative"


def _said(picture: Rgba, reader: Reads) -> set[str]:
    """All that is read on an artwork picture, folded."""
    light, _ = artwork_views(picture, SIDE)
    (readings,) = reader.read(light, _place(picture), THOROUGH)
    return {fold(reading.text) for reading in readings}


def _place(picture: Rgba) -> Boxes:
    """Where the artwork is in its view: (1, 4)."""
    sides = np.array(picture.shape[1::-1], np.float32)  # width, height
    half = sides * (LONGEST / sides.max() / 2)
    return np.concatenate([SIDE / 2 - half, SIDE / 2 + half])[None].astype(np.float32)
