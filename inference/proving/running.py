"""A graph as it runs: on the smallest and the largest input that serving gives it, twice, blank and not.

Bombs that are not written in a file (a range of a trillion numbers, a picture expanded a million times) go off here, in
a process that is limited (`confine`). What a net does only for one secret picture is not found: nobody can find that.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.random import default_rng  # NumPy would load it late, when no file can be opened any more
from numpy.typing import NDArray

from inference.batching import MOST as BATCH
from inference.detector import LEAST_SIDE, canvas_side
from inference.engine import OrtSession
from inference.errors import BadBundle
from inference.verifier import CANDIDATES

Given = NDArray[np.uint8] | NDArray[np.float32]
Outputs = list[NDArray[np.float32]]
Check = Callable[[Given, Outputs], None]

MOST_BOXES = 300  # of one run; the shipped graphs give 20
PAIRS = 80  # compared at once, at most: 20 boxes of a picture, and `CANDIDATES` or one more for each
_LENGTH = 1e-2  # that a vector's length may differ from 1
_FAR = 1.0  # how far boxes may reach beyond the picture, in its longest sides: a net at work is clipped, not lost
_BLOCK = 16  # px
_LONGEST = 300  # characters of what the runtime says


def run_model(role: str, config: Mapping[str, Any], model: bytes) -> dict[str, Any]:
    """Load and run a bundle's model; milliseconds of its runs. Raises BadBundle for what it gives."""
    if role.endswith("detector"):
        return _run(model, _canvases(config["side"]), _check_boxes)
    dimension = config["dimension"]

    def check(given: Given, outputs: Outputs) -> None:
        _check_vectors(given, outputs, dimension, dimension + config.get("parts", 0))

    side = config["side"]
    return _run(model, (picture for n in (1, BATCH) for picture in _pictures(n, side, side)), check)


def run_verifier(parts: int, model: bytes) -> dict[str, Any]:
    """Load and run an embedder's verifier, as `run_model`."""
    rng = default_rng(parts)
    sizes = (1, max(PAIRS, CANDIDATES))
    width = 2 * parts + 1
    blank = (np.zeros((n, width), np.float32) for n in sizes)
    varied = (rng.uniform(-1, 1, (n, width)).astype(np.float32) for n in sizes)
    return _run(model, (pairs for both in zip(blank, varied, strict=True) for pairs in both), _check_added)


def _run(model: bytes, inputs: Iterable[Given], check: Check) -> dict[str, Any]:
    start = time.perf_counter()
    with _told("loads"):
        session = OrtSession(model, threads=1, varied=True)
    figures: dict[str, Any] = {"load_ms": _since(start)}
    for given in inputs:
        size = "x".join(map(str, given.shape))
        start = time.perf_counter()
        with _told(f"runs on {size}"):
            outputs = session.run(given)
        figures[f"run_{size}_ms"] = _since(start)
        if not all(output.dtype == np.float32 and np.isfinite(output).all() for output in outputs):
            raise BadBundle(f"of {size} it makes numbers that are not finite float32")
        check(given, outputs)
        with _told(f"runs on {size} again"):
            again = session.run(given)
        if not all(np.array_equal(one, other) for one, other in zip(outputs, again, strict=True)):
            raise BadBundle(f"of the same {size} it makes other numbers when it is run again")
    return figures


@contextmanager
def _told(what: str) -> Iterator[None]:
    """What the runtime says against a model is a reason to refuse it."""
    try:
        yield
    except MemoryError as error:
        raise BadBundle(f"it needs more memory than it may have when it {what}") from error
    except Exception as error:  # the runtime's exceptions have no other common base
        said = " ".join(str(error).split())
        memory = any(word in said for word in ("bad_alloc", "Failed to allocate", "bad allocation"))
        why = "it needs more memory than it may have" if memory else "ONNX Runtime refuses it"
        raise BadBundle(f"{why} when it {what}: {said[:_LONGEST]}") from error


def _canvases(side: int) -> Iterator[NDArray[np.uint8]]:
    """The smallest and the largest canvas that the detector fits images to, and the longest ones."""
    least, most = LEAST_SIDE, canvas_side(side)
    for height, width in ((least, least), (most, least), (least, most), (most, most)):
        yield from _pictures(1, height, width)


def _pictures(n: int, height: int, width: int) -> Iterator[NDArray[np.uint8]]:
    """Blank pictures and blocks of any colour: (n, height, width, 3) each."""
    yield np.zeros((n, height, width, 3), np.uint8)
    rows, columns = -(-height // _BLOCK), -(-width // _BLOCK)
    blocks = default_rng(height).integers(0, 256, (n, rows, columns, 3), np.uint8)
    yield blocks.repeat(_BLOCK, 1).repeat(_BLOCK, 2)[:, :height, :width]


def _check_boxes(given: Given, outputs: Outputs) -> None:
    boxes, scores = outputs
    height, width = given.shape[1:3]
    if boxes.ndim != 2 or boxes.shape[1] != 4 or scores.shape != boxes.shape[:1] or len(boxes) > MOST_BOXES:
        expected = f"(m, 4) and (m,) with m at most {MOST_BOXES}"
        raise BadBundle(
            f"of {height}x{width} it makes boxes {boxes.shape} and scores {scores.shape}, expected {expected}"
        )
    if not ((scores >= 0) & (scores <= 1)).all() or (np.diff(scores) > 0).any():
        raise BadBundle(f"of {height}x{width} it makes scores that are not in 0..1, best first")
    reach = _FAR * max(height, width)
    beyond = (boxes < -reach) | (boxes > np.array([width, height, width, height]) + reach)  # (m, 4)
    wrong = boxes[beyond.any(1) | (boxes[:, 2:] < boxes[:, :2]).any(1)]
    if len(wrong):
        raise BadBundle(f"of {height}x{width} it makes the box {wrong[0].round().tolist()}, which is no box in it")


def _check_vectors(given: Given, outputs: Outputs, dimension: int, numbers: int) -> None:
    (vectors,) = outputs
    if vectors.shape != (len(given), numbers):
        raise BadBundle(f"of {len(given)} pictures it makes vectors {vectors.shape}, expected {(len(given), numbers)}")
    lengths = np.linalg.norm(vectors[:, :dimension], axis=1)  # (n,)
    if (np.abs(lengths - 1) > _LENGTH).any():
        raise BadBundle(f"its vectors have lengths {lengths.min():.4g} to {lengths.max():.4g}, expected 1")


def _check_added(given: Given, outputs: Outputs) -> None:
    (added,) = outputs
    if added.shape != (len(given),):
        raise BadBundle(f"of {len(given)} pairs it makes {added.shape}, expected {(len(given),)}")


def _since(start: float) -> float:
    return round((time.perf_counter() - start) * 1000, 1)
