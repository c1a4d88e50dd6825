"""How long one large photograph takes, from bytes to verdict, with the whole registry; it is rendered of our marks."""

from collections.abc import Callable
from time import perf_counter

import numpy as np

from datasets.renderer.large import as_jpeg, large_photograph
from inference.decoding import decode
from inference.inspector import Inspector
from training.bench.figures import Figure, timing
from training.recognition.samples import Samples

NAME = "photo_1080p_ms"
WIDTH, HEIGHT, MARKS = 1920, 1080, 5
SEED = 11
RUNS = 20  # measured, after one to warm up


def photograph(samples: Samples) -> bytes:
    """The photograph as a JPEG file: always the same."""
    rng = np.random.default_rng(SEED)
    scene = large_photograph(rng, samples.artwork, samples.photographs, width=WIDTH, height=HEIGHT, marks=MARKS)
    return as_jpeg(scene.picture)


def timed(inspector: Inspector, data: bytes, step: Callable[[], object]) -> Figure:
    """Milliseconds from the bytes to the verdict, over RUNS runs; `step` is called after each."""
    inspector.inspect(decode(data))
    whole, decoding = [], []
    for _ in range(RUNS):
        start = perf_counter()
        image = decode(data)
        decoded = perf_counter()
        inspector.inspect(image)
        whole.append(1000 * (perf_counter() - start))
        decoding.append(1000 * (decoded - start))
        step()
    return timing(NAME, whole, whole=float(np.median(decoding)), of="time to decode the same JPEG")
