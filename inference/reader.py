"""The reader: what is written in a box. The recogniser is PP-OCR's (Apache-2.0), as it comes with rapidocr.

rapidocr's own engine would work too, but costs 60 MB more, and can fetch models from the network: the model alone is
used, by our own runtime. It reads one line and is decoded greedily (CTC, Graves et al. 2006,
doi:10.1145/1143844.1143891).
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray

from inference.engine import OrtSession
from inference.errors import BadBundle
from inference.vocabulary import Boxes, Image, Reading, check_boxes, check_image

MODEL = Path(rapidocr.__file__).parent / "models" / "PP-OCRv6_rec_small.onnx"
SHA256 = "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"  # what the score is calibrated with
MOST = 3  # boxes read of one photograph, the first that are worth it: each costs milliseconds
WIDE = 1.2  # width / height from which on a box may hold a line of text
LOWEST = 8.0  # px: height of a box below which nothing can be read
HEIGHT = 48  # px: the recogniser's line height
LEAST = 160  # px: width that shorter lines are filled up to
LONGEST = 10.0  # width / height, at most: longer boxes are squeezed
AROUND = 0.04  # of the box's width and height: what is added at each side
BLANK = 0  # the class between two letters


class LineNet(Protocol):
    """Runs the recogniser: (1, 3, HEIGHT, w) float32 in -1..1, BGR -> [(1, t, classes)] probabilities."""

    def run(self, pictures: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Run on one line."""


class Reader:
    """Reads single lines. Safe to use from several threads at once."""

    def __init__(self, net: LineNet, letters: Sequence[str], *, sha256: str) -> None:
        """`letters` are the classes after BLANK."""
        self._net, self._letters, self.sha256 = net, letters, sha256
        classes = self._net.run(prepared(np.zeros((HEIGHT, LEAST, 3), np.uint8)))[0].shape[2]  # also warms it up
        if classes != len(letters) + 1:
            raise BadBundle(f"the reader's model has {classes} classes, but {len(letters)} letters")

    def read(self, image: Image, boxes: Boxes) -> list[Reading | None]:
        """What is written in each of the n boxes of one image, best first; None where nothing was read."""
        check_image(image)
        readings: list[Reading | None] = [None] * len(check_boxes(boxes))
        for index in worth_reading(boxes):
            readings[index] = self._decoded(self._net.run(prepared(line(image, boxes[index])))[0][0])
        return readings

    def _decoded(self, chances: NDArray[np.float32]) -> Reading | None:
        """The likeliest class of each step (t, classes), repetitions and blanks left out."""
        classes = chances.argmax(1)
        new = np.concatenate([[True], classes[1:] != classes[:-1]]) & (classes != BLANK)
        text = "".join(self._letters[int(label) - 1] for label in classes[new]).strip()
        if not text:
            return None
        sure = float(chances.max(1)[new].mean())
        return Reading(text=text, confidence=min(1.0, max(0.0, sure)))


def load_reader(model: Path = MODEL, *, threads: int | None = None) -> Reader:
    """Load the recogniser that came with rapidocr; raises BadBundle if it is missing or not the one of SHA256."""
    try:
        data = model.read_bytes()
    except OSError as error:
        raise BadBundle(f"the reader's model {model.name} cannot be read: {error.strerror}") from error
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != SHA256:
        raise BadBundle(f"the reader's model {model.name} has sha256 {sha256}, expected {SHA256}")
    session = OrtSession(data, threads=threads, varied=True)
    letters = [*session.metadata.get("character", "").splitlines(), " "]
    return Reader(session, letters, sha256=sha256)


def worth_reading(boxes: Boxes) -> Sequence[int]:
    """The first MOST of the boxes (n, 4) that are wide enough for a line and high enough for letters."""
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    wide = (heights >= LOWEST) & (widths >= WIDE * heights)
    return [int(index) for index in np.flatnonzero(wide)[:MOST]]


def line(image: Image, box: NDArray[np.float32]) -> Image:
    """Cut the box with a little around it and resize it to the line height: (HEIGHT, w, 3)."""
    h, w = image.shape[:2]
    grow = AROUND * np.array([box[2] - box[0], box[3] - box[1]])
    x1, y1 = (int(max(0, edge)) for edge in (box[0] - grow[0], box[1] - grow[1]))
    x2, y2 = int(min(w, box[2] + grow[0] + 1)), int(min(h, box[3] + grow[1] + 1))
    x1, y1 = min(x1, w - 1), min(y1, h - 1)  # a box wholly outside: at least its nearest pixels
    cut = image[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)]
    width = max(HEIGHT // 4, round(HEIGHT * min(LONGEST, cut.shape[1] / cut.shape[0])))
    how = cv2.INTER_AREA if cut.shape[0] > HEIGHT else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(cut, (width, HEIGHT), interpolation=how), np.uint8)


def prepared(picture: Image) -> NDArray[np.float32]:
    """A line (HEIGHT, w, 3) RGB as the net wants it, filled up with grey: (1, 3, HEIGHT, at least LEAST)."""
    filled = np.zeros((1, 3, HEIGHT, max(LEAST, picture.shape[1])), np.float32)
    filled[0, :, :, : picture.shape[1]] = picture[..., ::-1].transpose(2, 0, 1) / np.float32(127.5) - 1
    return filled
