"""The frozen sets of rendered scans that X-ray recognition is measured on: scan i depends on seed and i alone.

They are rendered when they are needed, since two thousand of them weigh ten gigabytes. Marks are of held-out artwork
only, so that nothing that was trained has seen them.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import cv2
import numpy as np

from datasets.xray.marks import FAINT, log_uniform
from datasets.xray.parcels import pack
from datasets.xray.placing import Belt
from datasets.xray.scanners import HELD_OUT, SCANNERS, Scanner
from datasets.xray.scanning import RawScan, scan
from datasets.xray.visibility import contrast_to_noise
from inference.xray.relief import Relief

SHAPE = (800, 1200)  # px
SIZES = (40.0, 220.0)  # px: longest sides of the marks
MOST_MARKS = 3
BINS = 20  # of the spectrum
AT_ONCE = 8  # scans rendered ahead


@dataclass(frozen=True, kw_only=True)
class TrialMark:
    """A mark in a scan: the artwork's row, its form, box (4,) xyxy px, and its contrast to noise."""

    row: int
    form: str
    box: tuple[float, float, float, float]
    contrast: float

    @property
    def faint(self) -> bool:
        """Whether it is of a form that X-rays hardly show whatever its size."""
        return self.form in FAINT


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One rendered scan and what is in it."""

    index: int
    raw: RawScan
    marks: tuple[TrialMark, ...]


@dataclass(frozen=True, kw_only=True)
class Trials:
    """A set: its seed, the scanner, and the reliefs of the marks, of which each scan takes a few."""

    seed: int
    reliefs: Sequence[Relief]
    scanner: str = HELD_OUT.name
    clean: bool = False  # scans without any mark

    def scan(self, index: int) -> Trial:
        """The scan with this number."""
        rng = np.random.default_rng([self.seed, index])
        scanner = SCANNERS[self.scanner]
        count = 0 if self.clean else int(rng.integers(1, MOST_MARKS + 1))
        rows = [int(rng.integers(len(self.reliefs))) for _ in range(count)]
        longest = [log_uniform(rng, *SIZES) for _ in rows]
        belt = pack(rng, scanner, self.reliefs, rows, shape=SHAPE, longest=longest, crowd=(3, 9))
        raw = scan(rng, scanner, belt.maps, belt.shape, bins=BINS)
        return Trial(index=index, raw=raw, marks=tuple(self._marks(scanner, belt)))

    @staticmethod
    def _marks(scanner: Scanner, belt: Belt) -> Iterator[TrialMark]:
        response = scanner.response().binned(BINS)
        for mark in belt.marks:
            x1, y1, x2, y2 = (float(edge) for edge in mark.box)
            contrast = contrast_to_noise(response, belt, mark)
            yield TrialMark(row=mark.row, form=mark.form, box=(x1, y1, x2, y2), contrast=contrast)


def rendered(trials: Trials, count: int, processes: int = 1) -> Iterator[Trial]:
    """The first `count` scans of a set, in their order, rendered ahead by processes of their own.

    They are spawned: a fork would take along locks of ONNX Runtime's and OpenCV's threads, and wait for them for ever.
    """
    if processes == 0:
        yield from (trials.scan(index) for index in range(count))
        return
    spawning = get_context("spawn")
    with ProcessPoolExecutor(processes, spawning, initializer=_start, initargs=(trials,)) as pool:
        waiting = [pool.submit(_scan, index) for index in range(min(AT_ONCE, count))]
        for index in range(count):
            trial = waiting.pop(0).result()
            following = index + AT_ONCE
            if following < count:
                waiting.append(pool.submit(_scan, following))
            yield trial


_own: dict[str, Trials] = {}  # of a rendering process


def _start(trials: Trials) -> None:
    cv2.setNumThreads(1)
    _own["trials"] = trials


def _scan(index: int) -> Trial:
    return _own["trials"].scan(index)
