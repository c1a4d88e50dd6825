"""What is measured: a photograph's way step by step, artwork, search, memory, size. ONNX Runtime and numpy only."""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from inference.artwork.rasterise import rasterise
from inference.artwork.table import ArtworkRow
from inference.bundles import load_bundle
from inference.decoding import decode
from inference.errors import TidewaiterError
from inference.gallery import Gallery
from inference.inspector import Inspector
from inference.vocabulary import Mark, Vectors
from training.bench import memory
from training.bench.figures import Figure, amount, missing, timing

BUDGET_MS = 250.0  # per photograph on two cores
LIMIT_MB = 16.0  # both bundles together
QUERIES = 20  # detections of one photograph
CANDIDATES = 4
VIEWS = 2  # vectors per artwork picture
STEPS = ("decode", "detect", "embed", "read", "match")

Step = Callable[[], None]


def photographs(inspector: Inspector, files: Sequence[Path], rounds: int, step: Step) -> list[Figure]:
    """Milliseconds per photograph, whole and step by step, over `rounds` passes after one to warm up."""
    times: dict[str, list[float]] = {name: [] for name in ("photograph", *STEPS)}
    inspector.inspect(decode(files[0].read_bytes()))
    for file in [*files] * rounds:
        data = file.read_bytes()
        start = perf_counter()
        image = decode(data)
        decoded = perf_counter()
        verdict = inspector.inspect(image)
        times["photograph"].append(1000 * (perf_counter() - start))
        times["decode"].append(1000 * (decoded - start))
        for name in STEPS[1:]:
            times[name].append(verdict.milliseconds[name])
        step()
    whole = timing("photograph", times["photograph"], whole=BUDGET_MS, of=f"budget of {BUDGET_MS:g} ms")
    return [whole, *(timing(name, times[name], whole=whole.median, of="whole photograph") for name in STEPS)]


def artwork(inspector: Inspector, rows: Sequence[ArtworkRow], step: Step) -> list[Figure]:
    """Milliseconds per artwork picture: drawing it, and embedding it; marks enter the inspector's gallery."""
    drawing, embedding = [], []
    vectors: dict[str, list[Vectors]] = {}
    marks = {row.mark_id: Mark(mark_id=row.mark_id, title=row.title, holder=row.holder) for row in rows}
    for row in rows:
        start = perf_counter()
        picture = rasterise(row.file.read_bytes(), name=row.file.name)
        drawn = perf_counter()
        vectors.setdefault(row.mark_id, []).append(inspector.embedder.embed_artwork(picture))
        drawing.append(1000 * (drawn - start))
        embedding.append(1000 * (perf_counter() - drawn))
        step()
    for mark_id, parts in vectors.items():
        together = np.concatenate(parts)
        inspector.gallery.add(marks[mark_id], together, [mark_id] * len(together))
    return [timing("rasterise artwork", drawing), timing("embed_artwork", embedding)]


def search(dimension: int, marks: int, rounds: int, step: Step) -> list[Figure]:
    """Milliseconds of one search for the detections of a photograph among `marks` marks of random vectors."""
    rng = np.random.default_rng(1)

    def directions(n: int) -> Vectors:
        drawn = rng.standard_normal((n, dimension), dtype=np.float32)  # (n, d)
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)

    gallery = Gallery(dimension)
    filed = directions(marks * VIEWS).reshape(marks, VIEWS, dimension)
    for index, vectors in enumerate(filed):
        mark = Mark(mark_id=f"m{index}", title=f"Mark {index}", holder=f"holder {index}")
        gallery.add(mark, vectors, ["light", "dark"])
    times = []
    for _ in range(rounds):
        queries = directions(QUERIES)
        start = perf_counter()
        gallery.search(queries, CANDIDATES)
        times.append(1000 * (perf_counter() - start))
        step()
    return [
        timing(f"search {QUERIES} queries in {marks} marks", times, whole=BUDGET_MS, of=f"budget of {BUDGET_MS:g} ms")
    ]


def resident(models: Path) -> Figure:
    """Resident memory of a process with the inspector loaded and an empty gallery."""
    name, unit = "resident memory with inspector", "MB"
    try:
        return amount(name, memory.measured(models) / 1e6, unit)
    except (OSError, ValueError) as error:
        return missing(name, unit, str(error))


def bundle_sizes(models: Path) -> list[Figure]:
    """Size of each deployed model, and of both together."""
    figures, total = [], 0.0
    for role in ("detector", "embedder"):
        try:
            bundle = load_bundle(models, role)
            size = (len(bundle.model) + sum(map(len, bundle.attachments.values()))) / 1e6
        except TidewaiterError as error:
            figures.append(missing(f"{role} bundle", "MB", error.detail))
            continue
        figures.append(amount(f"{role} bundle", size, "MB"))
        total += size
    if any(figure.value is None for figure in figures):
        return [*figures, missing("bundles together", "MB", "not both are deployed")]
    return [*figures, amount("bundles together", total, "MB", limit=LIMIT_MB)]
