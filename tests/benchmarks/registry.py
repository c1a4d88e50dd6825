"""How the registry bears a hundred thousand recordations: `make bench-registry`, or with COUNT=1000 in two minutes.

Everything is fictitious. The import is the command as anybody runs it, in a process of its own, pictures embedded
later: they get random directions for vectors, two for each. Starting is measured in a process of its own, too.
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
from service.database import Database
from service.inspecting import Inspecting, load_models
from service.settings import PACKAGE_ROOT, PREFIX, Settings
from service.tables import MarkRow, RecordationRow
from tests.benchmarks.vectors import Stored, store
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, running, settings_in

SEED = 7
SEARCHES = 300
QUERIES = 200  # for the gallery's recall
TOP = 10
PARCEL = PACKAGE_ROOT / "datasets" / "samples" / "parcels" / "shoes-on-belt.jpg"
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
    parser.add_argument("--database", choices=KINDS, default=KINDS[0], help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    chosen.var.mkdir(parents=True, exist_ok=True)
    figures: dict[str, float] = {}
    place = chosen.var / f"registry-{chosen.count}-{chosen.database}"
    subprocess.run(["rm", "-rf", str(place)], check=True)  # noqa: S603, S607 - a folder of this benchmark
    place.mkdir()
    settings = settings_in(place, database_url=fresh_url(chosen.database, place))
    figures |= imported(chosen.count, chosen.var, settings)
    inspector = load_models(PACKAGE_ROOT / "models", 2, None)
    stored = with_vectors(settings, inspector)
    figures |= started(settings)
    with running(settings, inspector) as service:
        service.parts.tests_beside.stop()  # nothing goes on beside what is measured
        figures |= text_search(service)
        figures |= image_search(service, inspector)
        figures |= {"gallery_recall": recall(inspector.gallery, stored)}
        figures |= replayed(service)
        figures |= recorded(service)
    report(figures, chosen, chosen.var / "registry.jsonl")
    return 0


def imported(count: int, var: Path, settings: Settings) -> dict[str, float]:
    """Import `count` recordations into an empty registry, as a process of its own."""
    archive = var / f"fictitious-{count}.zip"
    if not archive.exists():
        say(f"drawing {count} recordations")
        write_filings(count, SEED, archive)
    say("importing")
    began = time.perf_counter()
    alone(settings, "service.cli", "registry", "import", str(archive), "--no-embed")
    minutes = (time.perf_counter() - began) / 60
    rss = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"import_minutes": round(minutes, 2), "import_rss_mb": round(rss)}


def with_vectors(settings: Settings, inspector: Inspecting) -> Stored:
    """Give every picture vectors: embedding is not measured here."""
    say("storing vectors")
    database = Database(settings.url)
    try:
        return store(database, inspector)
    finally:
        database.close()


def started(settings: Settings) -> dict[str, float]:
    """Start a service on it, as a process of its own."""
    say("starting")
    told: dict[str, float] = json.loads(alone(settings, "tests.benchmarks.starting"))
    return told


def alone(settings: Settings, module: str, *arguments: str) -> str:
    """Run a module as a process of its own over the registry; its output."""
    environment = os.environ | {f"{PREFIX}VAR_DIR": str(settings.var_dir), f"{PREFIX}DATABASE_URL": settings.url}
    command = [sys.executable, "-m", module, *arguments]
    run = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 - own command
    return run.stdout


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


def recall(gallery: Gallery, stored: Stored) -> float:
    """The share of queries whose TOP right holders are those of a brute-force search in double precision."""
    say("comparing with brute force")
    rng, vectors, holders = np.random.default_rng(SEED + 1), stored.vectors, stored.holders
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


def replayed(service: Service) -> dict[str, float]:
    """The verdict on one parcel, reached again by the registry as it was, after another mark was recorded."""
    say("replaying")
    scan = service.scan([PARCEL.read_bytes()]).json()
    filing = _filing(RECORDED)
    service.client.post("/v1/registry/recordations", json=filing).raise_for_status()
    seconds = timed(lambda: service.client.post(f"/v1/scans/{scan['id']}/replays", timeout=600).raise_for_status())
    return {"replay_s": round(seconds, 2)}


def recorded(service: Service) -> dict[str, float]:
    """Marks recorded one by one over HTTP, self-test and all, until a search by their picture finds them."""
    say("recording marks one by one")
    times: list[float] = []
    for number in range(RECORDED):
        picture = drawn(10_000 + number)
        filing = _filing(number)

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


def _filing(number: int) -> dict[str, Any]:
    return {
        "officer": "bench",
        "number": f"B-{number}",
        "status": "approved",
        "decided_on": datetime.now(UTC).date().isoformat(),
        "holder": {"name": f"Bench {number}"},
        "goods": [{"nice_class": 9}],
        "marks": [{"mark_id": f"bench-{number}", "title": f"Bench {number}", "feature": "word"}],
    }


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


def report(figures: dict[str, float], chosen: argparse.Namespace, path: Path) -> None:
    """Print the figures beside their goals, and add them to a file."""
    for name, value in figures.items():
        goal = GOALS.get(name)
        sys.stdout.write(f"{name:<26} {value:>10}" + (f"   goal {goal:g}" if goal is not None else "") + "\n")
    line = {"at": datetime.now(UTC).isoformat(), "count": chosen.count, "database": chosen.database, **figures}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def say(what: str) -> None:
    """One line of progress."""
    sys.stderr.write(f"{what} …\n")


if __name__ == "__main__":
    sys.exit(main())
