"""A small network on a JPEG: what each of the servers does with a request. Needs numpy, onnxruntime and simplejpeg."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import simplejpeg

SIDE = 64
MOST = 8_000_000  # pixels


class Tiny:
    """The network, on one thread."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(self, pictures: "np.ndarray[Any, Any]") -> "list[np.ndarray[Any, Any]]":
        """Scores (n, 10) of pictures (n, SIDE, SIDE, 3)."""
        return list(self._session.run(None, {"pictures": pictures}))


def picture(jpeg: bytes) -> "np.ndarray[Any, Any]":
    """The middle pixels of a JPEG, (1, SIDE, SIDE, 3)."""
    height, width, _, _ = simplejpeg.decode_jpeg_header(jpeg)
    if height * width > MOST or min(height, width) < SIDE:
        raise ValueError(f"{width} x {height} pixels")
    image = simplejpeg.decode_jpeg(jpeg, colorspace="RGB")  # (H, W, 3)
    top, left = (height - SIDE) // 2, (width - SIDE) // 2
    return np.ascontiguousarray(image[top : top + SIDE, left : left + SIDE])[None]


def answer(scores: "np.ndarray[Any, Any]") -> dict[str, Any]:
    """What is said of scores (10,)."""
    best = int(scores.argmax())
    return {"class": best, "score": round(float(scores[best]), 4)}
