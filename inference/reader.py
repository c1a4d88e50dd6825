"""The reader: what is written in a box, by rapidocr's recogniser (PP-OCR, Apache-2.0), whose model comes with it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray

from inference.errors import BadBundle
from inference.vocabulary import Boxes, Image, Reading, check_boxes, check_image

MODEL = Path(rapidocr.__file__).parent / "models" / "PP-OCRv6_rec_small.onnx"
MOST = 4  # boxes read of one photograph, the first that are worth it: each costs milliseconds
WIDE = 1.2  # width / height from which on a box may hold a line of text
LOWEST = 8.0  # px: height of a box below which nothing can be read
HEIGHT = 48  # px: the recogniser's line height
LONGEST = 10.0  # width / height, at most: longer boxes are squeezed
AROUND = 0.04  # of the box's width and height: what is added at each side


class Reader:
    """Reads single lines. Safe to use from several threads at once."""

    def __init__(self, *, threads: int | None = None, model: Path = MODEL) -> None:
        """Load the recogniser; raises BadBundle if its model is missing, rather than let rapidocr fetch one."""
        if not model.is_file():
            raise BadBundle(f"the reader's model {model.name} is missing from the rapidocr package")
        self.sha256 = hashlib.sha256(model.read_bytes()).hexdigest()
        self._engine = rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                "Rec.model_path": str(model),
                "Rec.rec_img_shape": [3, HEIGHT, 160],  # the least width; half of the usual, and of the time
                "EngineConfig.onnxruntime.intra_op_num_threads": threads or 2,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        self._read_line(np.full((HEIGHT, HEIGHT * 2, 3), 255, np.uint8))  # warm up: the first run allocates

    def read(self, image: Image, boxes: Boxes) -> list[Reading | None]:
        """What is written in each of the n boxes of one image, best first; None where nothing was read."""
        check_image(image)
        readings: list[Reading | None] = [None] * len(check_boxes(boxes))
        for index in worth_reading(boxes):
            readings[index] = self._read_line(line(image, boxes[index]))
        return readings

    def _read_line(self, picture: Image) -> Reading | None:
        found = self._engine(np.ascontiguousarray(picture[..., ::-1]), use_det=False, use_cls=False, use_rec=True)
        if not found.txts or not found.txts[0].strip():
            return None
        return Reading(text=found.txts[0].strip(), confidence=min(1.0, max(0.0, float(found.scores[0]))))


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
