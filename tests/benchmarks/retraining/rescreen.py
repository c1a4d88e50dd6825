"""How long one new mark is looked for among a million detections, reading them from the database included.

python -m tests.benchmarks.retraining.rescreen --database sqlite

An empty database is filled with random directions, seven to a view, as a year of scans fills it, among which PLANTED
are of the mark. Exactly these must be found. The time is the whole job: the median of TURNS, with the hits kept.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, insert, select

from inference import cohort
from inference.archive import Fact
from inference.calibration import Calibration
from service.database import Database
from service.rescreening import repository
from service.rescreening.service import Rescreening
from service.scans.eyes import Eyes
from service.scans.thresholds import UNCHANGED
from service.storage import FileStore
from service.tables import HolderRow, JobRow, MarkRow, PictureRow, RecordationRow, ScanRow, SeenViewRow, VectorRow
from tests.databases import KINDS, fresh_url

GOAL = 5.0  # seconds for a million, on two cores
MILLION = 1_000_000
PLANTED = 25
PER_VIEW = 7
D = 256
BATCH = 4000  # views of one transaction
TURNS = 3
SEED = 11
START = datetime(2026, 1, 1, tzinfo=UTC)
EMBEDDER = "be" * 32
LIKE = 0.8  # cosine of what is planted to the mark's first vector
# As the embedder that is deployed has it (models/embedder-5/bundle.json).
FITTED = Calibration(
    intercept=-8.565582,
    similarity=5.559781,
    margin=11.879822,
    wording=4.12503,
    verified=2.348642,
    detection=4.51495,
    size=0.591513,
)
THRESHOLD = 0.3
FIGURES = {
    Fact.DETECTION: (0.3, 1.0),
    Fact.SIMILARITY: (0.35, 0.55),
    Fact.RIVAL: (0.3, 0.45),
    Fact.COHORT: (0.35, 0.5),
}


def main() -> None:
    """Measure on one kind of database, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--count", type=int, default=MILLION, help="detections")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(fresh_url(chosen.database, Path(folder)), count=chosen.count)
    sys.stdout.write(json.dumps({"database": chosen.database, "count": chosen.count, **figures}) + "\n")


def measure(url: str, *, count: int = MILLION) -> dict[str, Any]:
    """The figures for an empty database; AssertionError if anything but what was planted is found."""
    database = Database(url)
    database.migrate()
    began = time.perf_counter()
    planted = _fill(database, count)
    filled = time.perf_counter() - began
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        job = Rescreening(database=database, files=FileStore(Path(folder), keep_free=0), champion=_eyes)
        times, worked, results = zip(*[_turn(job) for _ in range(TURNS)], strict=True)
    with database.read() as session:
        found = {(row.scan_id, row.view) for row in repository.hits(session, "bench", limit=10 * PLANTED)}
        size = session.scalar(select(func.sum(func.length(SeenViewRow.vectors) + func.length(SeenViewRow.facts))))
    database.close()
    assert found == planted, f"{len(found & planted)} of {len(planted)} found, and {len(found - planted)} others"
    told = {(one["searched"], one["damaged"], one["seen"]) for one in results}
    assert told == {(count, 0, len(planted))}, told
    return {
        "rescreen_million_s": round(statistics.median(times) * MILLION / count, 2),
        "rescreen_s": [round(one, 2) for one in times],
        "cpu_s": round(statistics.median(worked), 2),
        "fill_s": round(filled, 1),
        "found": len(found),
        "planted": len(planted),
        "bytes": int(size or 0),
        "load": round(load, 2),
    }


def _turn(job: Rescreening) -> tuple[float, float, dict[str, Any]]:
    """Seconds, those of this process's cores, and what was found."""
    began, worked = time.perf_counter(), time.process_time()
    result = job.run("bench", {"mark_id": "bench"}, lambda *_: None, lambda: False)
    return time.perf_counter() - began, time.process_time() - worked, result


def _eyes() -> Eyes:
    embedder = SimpleNamespace(sha256=EMBEDDER, dimension=D)
    judge: Any = SimpleNamespace(embedder=embedder, calibration=FITTED, ordinary=None, threshold=THRESHOLD)
    live: Any = None
    return Eyes(photo=judge, live=live, thresholds=UNCHANGED)


def _fill(database: Database, count: int) -> set[tuple[str, int]]:
    """Store a mark and `count` detections. Returns the views that bear the mark."""
    rng = np.random.default_rng(SEED)
    filed = _directions(rng, 2)
    _record(database, filed)
    views = -(-count // PER_VIEW)
    planted = {round(one) for one in np.linspace(0, views - 1, PLANTED)}
    for start in range(0, views, BATCH):
        numbers = range(start, min(views, start + BATCH))
        rows = list(_views(rng, numbers, count, planted, filed))
        with database.write() as session:
            session.execute(insert(ScanRow), [_scan(number) for number in numbers])
            session.execute(insert(SeenViewRow), rows)
    return {(_scan_id(number), 0) for number in planted}


def _views(
    rng: np.random.Generator, numbers: range, count: int, planted: set[int], filed: NDArray[np.float32]
) -> Iterator[dict[str, Any]]:
    vectors = _directions(rng, len(numbers) * PER_VIEW).reshape(len(numbers), PER_VIEW, D)
    for number in planted.intersection(numbers):
        own = vectors[number - numbers.start, number % min(PER_VIEW, count - number * PER_VIEW)]
        own[:] = _like(filed[0], own)
    stored = cohort.packed(vectors.reshape(-1, D))
    facts = _facts(rng, stored).reshape(len(numbers), PER_VIEW, -1)
    for number, own, known in zip(numbers, stored.reshape(vectors.shape), facts, strict=True):
        here = min(PER_VIEW, count - number * PER_VIEW)
        yield {
            "scan_id": _scan_id(number),
            "view": 0,
            "embedder": EMBEDDER,
            "at": _at(number),
            "count": here,
            "vectors": own[:here].tobytes(),
            "facts": known[:here].tobytes(),
            "marks": [["mark-a", "mark-b"]] * here,
        }


def _facts(rng: np.random.Generator, stored: NDArray[np.int8]) -> NDArray[np.float32]:
    """Facts (n, 10) as a registry of some thousand marks leaves them: all are like somebody, a little."""
    facts = np.empty((len(stored), len(Fact)), "<f4")
    facts[:, : Fact.DETECTION] = (10.0, 20.0, 90.0, 100.0)
    facts[:, Fact.SCORE] = 0.05
    for which, (least, most) in FIGURES.items():
        facts[:, which] = rng.uniform(least, most, len(stored))
    facts[:, Fact.LENGTH] = np.linalg.norm(stored.astype(np.float32), axis=1)
    return facts


def _directions(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    rows = rng.standard_normal((count, D), dtype=np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _like(filed: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """A direction whose cosine to `filed` (d,) is LIKE."""
    across = other - filed * (other @ filed)
    return np.asarray(LIKE * filed + np.sqrt(1 - LIKE**2) * across / np.linalg.norm(across), np.float32)


def _scan_id(number: int) -> str:
    return f"scan_{number:032x}"


def _at(number: int) -> datetime:
    return START + timedelta(minutes=number)


def _scan(number: int) -> dict[str, Any]:
    return {
        "id": _scan_id(number),
        "office": "main",
        "station": f"dock-{number % 5}",
        "parcel": f"P{number}",
        "views_digest": f"{number:064x}",
        "state": "done",
        "attempts": 0,
        "received_at": _at(number),
        "verdict": {"decision": "pass", "suspicions": []},
    }


def _record(database: Database, filed: NDArray[np.float32]) -> None:
    """A mark with one picture, that is embedded already, and the job that looks for it."""
    picture = sha256(b"bench").hexdigest()
    now = {"created_at": START, "updated_at": START}
    recordation = {"id": "r", "jurisdiction": "XX", "profile": "xx", "right_type": "trademark", "status": "approved"}
    mark = {"mark_id": "bench", "recordation_id": "r", "position": 0, "title": "Bench", "holder": "Bench", "live": True}
    queued = {"options": {}, "progress": {}, "cancel": False, "created_by": "bench", "created_at": START}
    with database.write() as session:
        session.add(HolderRow(id="h", name="Bench", country="", document={}, version=1, **now))
        session.flush()
        session.add(RecordationRow(**recordation, holder_id="h", document={}, version=1, revision=1, **now))
        session.flush()
        session.add(MarkRow(**mark, revision=1, removed=False, document={}, changed_at=START))
        session.flush()
        session.add(PictureRow(mark_id="bench", position=0, sha256=picture, name="a.png", size=1))
        session.add(VectorRow(sha256=picture, embedder=EMBEDDER, dimension=D, data=filed.astype("<f4").tobytes()))
        session.add(JobRow(id="bench", kind="rescreen", state="running", **queued))


if __name__ == "__main__":
    main()
