"""Page 1 of PDF artwork to (H, W, 4) RGBA: its ends are looked at here, it is drawn in a child (pdf_worker.py)."""

import numpy as np
from numpy.typing import NDArray

from inference.artwork.renderer import Renderer
from inference.decoding import Limits, check_bytes, decode_with_alpha
from inference.errors import BrokenImage

Rgba = NDArray[np.uint8]  # (H, W, 4), straight alpha

_START = b"%PDF-"
_END = b"%%EOF"
_TAIL = 1024  # last bytes in which the end is looked for, as Acrobat does
_DRAWER = Renderer(worker="inference.artwork.pdf_worker")  # starts nothing until the first PDF


def is_pdf(data: bytes) -> bool:
    """Whether `data` begins as a PDF does."""
    return data.startswith(_START)


def draw_pdf(data: bytes, *, limits: Limits, name: str, drawer: Renderer = _DRAWER) -> Rgba:
    """Return what is on page 1 of the PDF `data` as opaque (H, W, 4) uint8 RGBA, on white; other pages are not read.

    The white margin around the artwork is trimmed but for a narrow rim: a logo on an A4 page would otherwise be tiny.
    `name` is used in messages. Raises ImageTooLarge, BrokenImage if it is cut short, or BadArtwork with the reason.
    """
    check_bytes(data, limits, name)
    if _END not in data[-_TAIL:]:
        raise BrokenImage(f"{name} is incomplete: a PDF ends with %%EOF, this one without", field=name)
    return decode_with_alpha(drawer.draw(data, name=name), field=name)
