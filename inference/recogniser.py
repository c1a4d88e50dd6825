"""The recogniser: what one line of lettering says. The net is PP-OCR's (Apache-2.0), as it comes with rapidocr.

rapidocr's own engine would work too, but costs 60 MB more, and can fetch models from the network: the model alone is
used, by our own runtime. It reads one line and is decoded greedily (CTC, Graves et al. 2006,
doi:10.1145/1143844.1143891).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray

from inference.engine import OrtSession
from inference.errors import BadBundle
from inference.pinned import pinned
from inference.vocabulary import Image

MODEL = Path(rapidocr.__file__).parent / "models" / "PP-OCRv6_rec_small.onnx"
SHA256 = "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"  # what the score is calibrated with
HEIGHT = 48  # px: the recogniser's line height
LEAST = 96  # px: width that shorter lines are filled up to
SQUEEZE = 0.85  # of a line's width is kept: it is read as well, in less time
LONGEST = 10.0  # width / height, at most: longer lines are squeezed more
BLANK = 0  # the class between two letters


class LineNet(Protocol):
    """Runs the recogniser: (1, 3, HEIGHT, w) float32 in -1..1, BGR -> [(1, t, classes)] probabilities."""

    def run(self, pictures: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Run on one line."""


class Recogniser:
    """Reads single lines. Safe to use from several threads at once."""

    def __init__(self, net: LineNet, letters: Sequence[str], *, sha256: str) -> None:
        """`letters` are the classes after BLANK."""
        self._net, self._letters, self.sha256 = net, letters, sha256
        classes = self._net.run(prepared(np.zeros((HEIGHT, LEAST, 3), np.uint8)))[0].shape[2]  # also warms it up
        if classes != len(letters) + 1:
            raise BadBundle(f"the reader's model has {classes} classes, but {len(letters)} letters")

    def text(self, line: Image) -> tuple[str, float]:
        """What a line (HEIGHT, w, 3) RGB says, and how sure that is, 0..1; empty where nothing is written."""
        chances = self._net.run(prepared(line))[0][0]  # (t, classes)
        classes = chances.argmax(1)
        new = np.concatenate([[True], classes[1:] != classes[:-1]]) & (classes != BLANK)
        text = "".join(self._letters[int(label) - 1] for label in classes[new]).strip()
        sure = float(chances.max(1)[new].mean()) if text else 0.0
        return text, min(1.0, max(0.0, sure))


def load_recogniser(model: Path = MODEL, *, threads: int | None = None) -> Recogniser:
    """Load the recogniser that came with rapidocr; raises BadBundle if it is missing or not the one of SHA256."""
    session = OrtSession(pinned(model, SHA256), threads=threads, varied=True)
    letters = [*session.metadata.get("character", "").splitlines(), " "]
    return Recogniser(session, letters, sha256=SHA256)


def line_width(w: float, h: float) -> int:
    """Width in px of a line of `w` x `h` once it is HEIGHT px high, and squeezed."""
    return max(HEIGHT // 4, round(SQUEEZE * HEIGHT * min(LONGEST, w / max(h, 1e-6))))


def prepared(picture: Image) -> NDArray[np.float32]:
    """A line (HEIGHT, w, 3) RGB as the net wants it, filled up with grey: (1, 3, HEIGHT, at least LEAST)."""
    filled = np.zeros((1, 3, HEIGHT, max(LEAST, picture.shape[1])), np.float32)
    filled[0, :, :, : picture.shape[1]] = picture[..., ::-1].transpose(2, 0, 1) / np.float32(127.5) - 1
    return filled


def resized(cut: Image) -> Image:
    """A cut of a photograph (h, w, 3) as a line (HEIGHT, line_width, 3)."""
    how = cv2.INTER_AREA if cut.shape[0] > HEIGHT else cv2.INTER_CUBIC
    size = (line_width(cut.shape[1], cut.shape[0]), HEIGHT)
    return np.asarray(cv2.resize(cut, size, interpolation=how), np.uint8)
