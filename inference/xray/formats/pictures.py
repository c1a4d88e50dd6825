"""PNG, JPEG and WebP: 16-bit counts of one energy, or an 8-bit picture, grey or in a vendor's colours."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference import headers
from inference.decoding import Limits, decode, sniff
from inference.errors import BrokenImage
from inference.xray.errors import WrongBitDepth
from inference.xray.formats.planes import Planes

DEPTH = 24  # the byte of a PNG in which its bits per channel stand
COLOURED = 6.0  # mean difference of the channels, of 255, beyond which a picture is not grey


class PictureReader:
    """Reads what photographs come in as well."""

    name = "PNG, JPEG or WebP"

    def recognises(self, head: bytes) -> bool:
        """See `planes.Reader`."""
        return head[:8] == headers.PNG_SIGNATURE or head[:3] == b"\xff\xd8\xff" or head[:4] == b"RIFF"

    def read(self, data: bytes, limits: Limits, field: str) -> list[Planes]:
        """See `planes.Reader`."""
        header = sniff(data, limits=limits, field=field)
        if header.media_type == "image/png":
            deep = _sixteen_bits(data, field)
            if deep is not None:
                return [Planes(counts=(deep,))]
        picture = decode(data, limits=limits, field=field)
        return [of_colours(picture)]


def is_deep_png(head: bytes) -> bool:
    """Whether a file that begins so is a grey PNG of 16 bits: depth and colour type stand in IHDR."""
    return head[:8] == headers.PNG_SIGNATURE and head[24:26] == b"\x10\x00"


def of_colours(picture: NDArray[np.uint8]) -> Planes:
    """An 8-bit picture (h, w, 3): grey ones are counts of 8 bits."""
    spread = picture.max(2).astype(np.int16) - picture.min(2)
    if float(spread.mean()) < COLOURED and float(np.percentile(spread, 99)) < 4 * COLOURED:
        return Planes(counts=(picture[..., 1].astype(np.uint16),), bits=8)
    return Planes(colours=picture, bits=8)


def _sixteen_bits(data: bytes, field: str) -> NDArray[np.uint16] | None:
    """The counts (h, w) of a PNG of 16 bits, which must be grey in all but name; None if it has fewer bits."""
    try:
        core = headers.read_png(data).core
    except headers.BadHeader as error:
        raise BrokenImage(f"{field} is damaged: {error}", field=field) from error
    if data[DEPTH] != 16:
        return None
    counts = cv2.imdecode(np.frombuffer(core, np.uint8), cv2.IMREAD_UNCHANGED)
    if counts is None or counts.dtype != np.uint16:
        raise BrokenImage(f"{field} is damaged: its pixels cannot be decoded", field=field)
    return _grey(np.asarray(counts, np.uint16), field)


def _grey(counts: NDArray[np.uint16], field: str) -> NDArray[np.uint16]:
    """The counts (h, w) of an image (h, w) or (h, w, 3 or 4) whose channels are the same. Raises WrongBitDepth.

    To decode it as colours would cut each count to 8 bits.
    """
    if counts.ndim == 2:
        return counts
    grey = counts[..., 0]  # (h, w, 3 or 4) -> (h, w)
    if any((counts[..., channel] != grey).any() for channel in (1, 2)):
        raise WrongBitDepth(f"{field} has colours of 16 bits", field=field, limit="16 bits of grey, or 8 of colours")
    if counts.shape[2] == 4 and (counts[..., 3] != 65_535).any():
        raise WrongBitDepth(f"{field} has 16 bits and is transparent", field=field, limit="16 bits of grey, opaque")
    return np.ascontiguousarray(grey)
