"""Whether a camera still sees: frames that are dark, saturated, or the same again and again. They are sent as well."""

import hashlib
import io
import warnings
from collections import defaultdict, deque
from dataclasses import dataclass

from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 60_000_000
SIDE = 64  # pixels of the thumbnail that is judged
DARK = 12  # mean luma, of 255, below which a frame is dark if it is even as well
EVEN = 12  # spread of luma below which a frame shows nothing
BRIGHT = 250  # luma from which a pixel is saturated
SATURATED = 0.6  # share of saturated pixels
REPEATS = 3  # frames of a view in a row that are alike before it is called frozen


@dataclass(kw_only=True)
class Counts:
    """Frames that a camera in order would not take."""

    dark: int = 0
    saturated: int = 0
    frozen: int = 0
    unreadable: int = 0


class FrameCheck:
    """Looks at each image as it is taken."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._last: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=REPEATS))

    def look(self, view: str, data: bytes) -> tuple[str, ...]:
        """What is wrong with an image of this view: dark, saturated, frozen, unreadable."""
        if is_xray(data):
            return ()  # most of a scan is as bright as can be; the service says what is wrong with it
        try:
            luma = luma_of(data)
        except Exception:  # whatever a decoder does on a broken file: the service says what is wrong with it
            self.counts.unreadable += 1
            return ("unreadable",)
        found = [kind for kind, wrong in (("dark", is_dark(luma)), ("saturated", is_saturated(luma))) if wrong]
        if self._is_frozen(view, luma):
            found.append("frozen")
        for kind in found:
            setattr(self.counts, kind, getattr(self.counts, kind) + 1)
        return tuple(found)

    def take(self) -> Counts:
        """The counts since they were taken last."""
        counts, self.counts = self.counts, Counts()
        return counts

    def _is_frozen(self, view: str, luma: bytes) -> bool:
        """The same picture, noise and all, REPEATS times: no two exposures are alike in every thumbnail's pixel."""
        mine = hashlib.sha256(luma).hexdigest()
        seen = self._last[view]
        frozen = len(seen) == REPEATS and set(seen) == {mine}
        seen.append(mine)
        return frozen


def is_xray(data: bytes) -> bool:
    """Whether a file is of a kind that only X-ray scans come in: TIFF, DICOM, or a grey PNG of 16 bits."""
    deep = data[:4] == b"\x89PNG" and data[24:26] == b"\x10\x00"
    return deep or data[:4] in (b"II*\0", b"MM\0*") or data[128:132] == b"DICM"


def luma_of(data: bytes) -> bytes:
    """Luma (SIDE * SIDE) of an image file, 0 to 255. Raises whatever its decoder does."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Pillow warns of bombs
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError(f"{image.width} x {image.height} pixels")
            image.draft("L", (SIDE * 4, SIDE * 4))  # a JPEG is decoded at an eighth of its size
            return image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX).tobytes()


def is_dark(luma: bytes) -> bool:
    """Whether there is no light."""
    return sum(luma) / len(luma) < DARK and max(luma) - min(luma) < 4 * EVEN


def is_saturated(luma: bytes) -> bool:
    """Whether there is too much."""
    return sum(value >= BRIGHT for value in luma) / len(luma) > SATURATED
