"""How the registry bears a hundred thousand recordations: `make bench-registry`, or with COUNT=1000 in two minutes.

Everything is fictitious. The import is the command as anybody runs it, in a process of its own, pictures embedded
later; the gallery is then filled with random directions, two for each picture.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from datasets.fictitious.filings import write_filings
from datasets.fictitious.quick import quick_artwork
from inference.gallery import Gallery
from inference.vocabulary import Mark
from service.inspecting import Inspecting, load_models
from service.settings import PACKAGE_ROOT, PREFIX
from service.tables import MarkRow, RecordationRow
from tests.integration.service.harness import Service, running, settings_in

SEED = 7
PICTURES, VIEWS = 2, 2  # of a mark, of a picture
SEARCHES = 300
QUERIES = 200  # for the gallery's recall
TOP = 10
RECORDED = 10  # marks that are added one by one
GOALS = {
    "import_minutes": 10.0,
    "import_rss_mb": 1536.0,
    "text_search_p95_ms": 100.0,
    "image_search_p95_ms": 50.0,
    "record_to_searchable_s": 2.0,
    "gallery_recall": 1.0,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and keep the figures; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.registry", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="recordations (default 100,000)")
    parser.add_argument("--var", type=Path, default=Path("var/bench"), help="folder for the registry and the figures")
    chosen = parser.parse_args(arguments)
    chosen.var.mkdir(parents=True, exist_ok=True)
    figures: dict[str, float] = {}
    place = chosen.var / f"registry-{chosen.count}"
    figures |= imported(chosen.count, chosen.var, place)
    inspector = load_models(PACKAGE_ROOT / "models", 2, None)
    with running(settings_in(place), inspector) as service:
        service.parts.backlog.stop()  # nothing is embedded beside what is measured
        service.parts.live.refresh()
        figures |= text_search(service)
        vectors, holders = filled(service, inspector)
        figures |= image_search(service, inspector)
        figures |= {"gallery_recall": recall(inspector.gallery, vectors, holders)}
        figures |= recorded(service)
    report(figures, chosen.count, chosen.var / "registry.jsonl")
    return 0


def imported(count: int, var: Path, place: Path) -> dict[str, float]:
    """Import `count` recordations into an empty registry, as a process of its own."""
    archive = var / f"fictitious-{count}.zip"
    if not archive.exists():
        say(f"drawing {count} recordations")
        write_filings(count, SEED, archive)
    subprocess.run(["rm", "-rf", str(place)], check=True)  # noqa: S603, S607 - a folder of this benchmark
    say("importing")
    environment = os.environ | {f"{PREFIX}VAR_DIR": str(place)}
    command = [sys.executable, "-m", "service.cli", "registry", "import", str(archive), "--no-embed"]
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)  # noqa: S603 - own command
    minutes = (time.perf_counter() - began) / 60
    rss = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"import_minutes": round(minutes, 2), "import_rss_mb": round(rss)}


def text_search(service: Service) -> dict[str, float]:
    """Searches over HTTP: exact, cut short, misspelt, by holder, and with a filter."""
    say("searching by words")
    rng = np.random.default_rng(SEED)
    with service.parts.database.read() as session:
        query = select(MarkRow.title, MarkRow.holder).join(RecordationRow).order_by(MarkRow.mark_id).limit(20_000)
        named = session.execute(query).all()
    asked = [_asked(*named[int(rng.integers(len(named)))], kind) for kind in range(SEARCHES)]
    service.client.get("/v1/registry/recordations", params={"q": "warm up"})
    times = [timed(lambda one=one: _get(service, one)) for one in asked]
    return {"text_search_p95_ms": p95(times), "text_search_median_ms": median(times)}


def _asked(title: str, holder: str, kind: int) -> dict[str, Any]:
    word = title.split(maxsplit=1)[0]
    misspelt = word[:2] + word[3:] + "x"
    kinds: tuple[dict[str, Any], ...] = (
        {"q": title},
        {"q": word[: max(3, len(word) - 2)]},
        {"q": misspelt},
        {"holder": " ".join(holder.split()[:2])},
        {"q": title, "nice": [9, 25], "standing": "approved"},
        {"q": f"{misspelt} {title.rsplit(maxsplit=1)[-1]}"},
    )
    return kinds[kind % len(kinds)]


def _get(service: Service, asked: dict[str, Any]) -> None:
    service.client.get("/v1/registry/recordations", params=asked).raise_for_status()


def filled(service: Service, inspector: Inspecting) -> tuple[NDArray[np.float32], list[str]]:
    """Fill the gallery with random directions for every live mark. Returns them (n, d), and the holder of each."""
    say("filling the gallery")
    with service.parts.database.read() as session:
        query = select(MarkRow.mark_id, MarkRow.title, MarkRow.holder).where(MarkRow.live)
        marks = [Mark(mark_id=one.mark_id, title=one.title, holder=one.holder) for one in session.execute(query)]
    rng = np.random.default_rng(SEED)
    gallery, each = inspector.gallery, PICTURES * VIEWS
    kept = np.empty((len(marks) * each, gallery.dimension), np.float32)
    for number, mark in enumerate(marks):
        own = rng.standard_normal((each, gallery.dimension + gallery.parts), dtype=np.float32)
        own[:, : gallery.dimension] /= np.linalg.norm(own[:, : gallery.dimension], axis=1, keepdims=True)
        gallery.add(mark, own, [mark.mark_id] * each)
        kept[number * each : (number + 1) * each] = own[:, : gallery.dimension]
    return kept, [mark.holder for mark in marks for _ in range(each)]


def image_search(service: Service, inspector: Inspecting) -> dict[str, float]:
    """Searches by a picture, and what of their time is not the model's."""
    say("searching by pictures")
    beyond: list[float] = []
    embed = inspector.embedder.embed
    spent: list[float] = []

    def measured(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        made = embed(*args, **kwargs)
        spent.append(time.perf_counter() - began)
        return made

    inspector.embedder.embed = measured  # type: ignore[method-assign]
    try:
        for number in range(SEARCHES // 3):
            picture = drawn(number)
            spent.clear()
            whole = timed(lambda picture=picture: service.parts.search.alike(picture, name="p", field="p", limit=10))
            beyond.append(whole - sum(spent))
    finally:
        inspector.embedder.embed = embed  # type: ignore[method-assign]
    return {"image_search_p95_ms": p95(beyond), "image_search_median_ms": median(beyond)}


def recall(gallery: Gallery, vectors: NDArray[np.float32], holders: list[str]) -> float:
    """The share of queries whose TOP right holders are those of a brute-force search in double precision."""
    say("comparing with brute force")
    rng = np.random.default_rng(SEED + 1)
    places = rng.integers(0, len(vectors), QUERIES)
    noisy = vectors[places] + rng.normal(0, 0.05, (QUERIES, vectors.shape[1])).astype(np.float32)
    noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    padded = np.concatenate([noisy, np.zeros((QUERIES, gallery.parts), np.float32)], axis=1)
    found = gallery.search(padded, TOP)
    double = vectors.astype(np.float64)
    shares = [
        len({hit.mark.holder for hit in hits} & set(_best(query, double, holders))) / TOP
        for query, hits in zip(noisy.astype(np.float64), found, strict=True)
    ]
    return float(np.mean(shares))


def _best(query: NDArray[np.float64], vectors: NDArray[np.float64], holders: list[str]) -> list[str]:
    ordered = np.argsort(-(vectors @ query), kind="stable")
    return list(dict.fromkeys(holders[place] for place in ordered[: 50 * TOP]))[:TOP]


def recorded(service: Service) -> dict[str, float]:
    """Marks recorded one by one over HTTP, self-test and all, until a search by their picture finds them."""
    say("recording marks one by one")
    times: list[float] = []
    for number in range(RECORDED):
        picture = drawn(10_000 + number)
        filing = {
            "officer": "bench",
            "number": f"B-{number}",
            "status": "approved",
            "decided_on": datetime.now(UTC).date().isoformat(),
            "holder": {"name": f"Bench {number}"},
            "goods": [{"nice_class": 9}],
            "marks": [{"mark_id": f"bench-{number}", "title": f"Bench {number}"}],
        }

        def once(filing: dict[str, Any] = filing, picture: bytes = picture, number: int = number) -> None:
            files = [("artwork", ("a.png", picture))]
            answer = service.client.post(
                "/v1/registry/recordations", data={"metadata": json.dumps(filing)}, files=files, timeout=60
            )
            answer.raise_for_status()
            found = service.client.post(
                "/v1/registry/search/image", content=picture, headers={"Content-Type": "image/png"}, timeout=60
            )
            if found.json()["items"][0]["mark"]["mark_id"] != f"bench-{number}":
                raise RuntimeError("a mark that was recorded is not found by its own picture")

        times.append(timed(once))
    return {"record_to_searchable_s": round(max(times), 2)}


def drawn(number: int) -> bytes:
    """A picture, each number another one."""
    return quick_artwork(Random(number))[0]


def timed(work: Callable[[], Any]) -> float:
    """Seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def p95(seconds: Sequence[float]) -> float:
    """The 95th percentile in milliseconds."""
    return round(float(np.percentile(seconds, 95)) * 1000, 1)


def median(seconds: Sequence[float]) -> float:
    """The median in milliseconds."""
    return round(statistics.median(seconds) * 1000, 1)


def report(figures: dict[str, float], count: int, path: Path) -> None:
    """Print the figures beside their goals, and add them to a file."""
    for name, value in figures.items():
        goal = GOALS.get(name)
        sys.stdout.write(f"{name:<26} {value:>10}" + (f"   goal {goal:g}" if goal is not None else "") + "\n")
    line = {"at": datetime.now(UTC).isoformat(), "count": count, **figures}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def say(what: str) -> None:
    """One line of progress."""
    sys.stderr.write(f"{what} …\n")


if __name__ == "__main__":
    sys.exit(main())
