"""What is measured, part by part. Two things that are compared take turns in one run."""

import asyncio
import itertools
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

import httpx
import numpy as np

from tests.benchmarks.serving import posts
from tests.benchmarks.serving.clients import Answer, closed, counted, paced
from tests.benchmarks.serving.photographs import chosen
from tests.benchmarks.serving.services import BareLoop, Layout, peers, service
from tests.benchmarks.serving.watching import Memory, cpu_seconds

Figures = dict[str, float]
Posts = Callable[[], Iterator[bytes]]
REFUSED = (429, 503)
DRAIN_SECONDS = 120.0
WARM = 60.0  # seconds after which a process's memory should grow no more


def beside_loop(var: Path, layout: Layout, *, rounds: int, seconds: float) -> Figures:
    """Photographs a second over HTTP, stored and answered, and of the bare loop with the same workers."""
    served, looped = [], []
    with service(var, layout, fake=False) as (process, key), BareLoop(var, layout, fake=False) as loop:
        wanted = posts.raw(key, chosen(fake=False))
        asyncio.run(counted(process.port, list(itertools.islice(wanted, 6)), connections=2))
        loop.run(3)
        for number in range(rounds):
            turns = [
                lambda: served.append(
                    _throughput(process.port, wanted, connections=2 * layout.workers, seconds=seconds)
                ),
                lambda: looped.append(loop.run(seconds)["a_second"]),
            ]
            for turn in turns if number % 2 else reversed(turns):  # a machine that slows down is nobody's fault
                turn()
            say(f"round {number + 1}: service {served[-1]:.2f}, loop {looped[-1]:.2f} photographs a second")
    ratio = statistics.median(one / other for one, other in zip(served, looped, strict=True))
    return {
        "service_a_second": statistics.median(served),
        "loop_a_second": statistics.median(looped),
        "service_over_loop": ratio,
    }


def _throughput(port: int, wanted: Iterator[bytes], *, connections: int, seconds: float) -> float:
    began = time.monotonic()
    answers = asyncio.run(closed(port, wanted, connections=connections, seconds=seconds))
    _all_good(answers)
    return len(answers) / (time.monotonic() - began)


def cpu_of_requests(var: Path, *, rounds: int, count: int) -> Figures:
    """Processor time of a request beyond decoding and inspecting, in milliseconds; and without what is stored."""
    layout = Layout(workers=2, threads=1)
    spent: dict[str, list[float]] = {name: [] for name in ("raw", "multipart", "layer_raw", "layer_multipart", "loop")}
    with service(var, layout, fake=True, queue=64) as (process, key), BareLoop(var, layout, fake=True) as loop:
        pictures = chosen(fake=True)
        ways = {
            "raw": posts.raw(key, pictures),
            "multipart": posts.multipart(key, pictures),
            "layer_raw": _layer(posts.raw(key, pictures)),
            "layer_multipart": _layer(posts.multipart(key, pictures)),
        }
        for number in range(-1, rounds):
            for name, wanted in ways.items():
                requests, before = list(itertools.islice(wanted, count)), cpu_seconds(process.pid)
                _all_good(asyncio.run(counted(process.port, requests, connections=4)))
                if number >= 0:  # the first round warms up
                    spent[name].append((cpu_seconds(process.pid) - before) / count * 1000)
            spent["loop"] += [loop.run(2)["cpu_ms"]] if number >= 0 else []
    middle = {name: statistics.median(values) for name, values in spent.items()}
    return {
        "cpu_ms_raw": middle["raw"] - middle["loop"],
        "cpu_ms_multipart": middle["multipart"] - middle["loop"],
        "cpu_ms_raw_unstored": middle["layer_raw"],
        "cpu_ms_multipart_unstored": middle["layer_multipart"],
    }


def _layer(requests: Iterator[bytes]) -> Iterator[bytes]:
    """The same posts, to the route that keeps nothing."""
    return (one.replace(b"POST /v1/scans", b"POST /bench/layer", 1) for one in requests)


def at_80_percent(var: Path, layout: Layout, *, rounds: int, seconds: float) -> Figures:
    """Latency at 80 % of capacity: parcels at a belt's even pace, and as if nobody had put them on a belt.

    Capacity is measured anew before each turn: on a shared machine it is not the same for long.
    """
    draw, figures = Random(5), Figures()
    answers: dict[str, list[Answer]] = {"": [], "_poisson": []}
    with service(var, layout, fake=False, queue=64) as (process, key):
        wanted = posts.raw(key, chosen(fake=False))
        asyncio.run(counted(process.port, list(itertools.islice(wanted, 6)), connections=2))
        for _ in range(rounds):
            for name, came in answers.items():
                capacity = _throughput(process.port, wanted, connections=2 * layout.workers, seconds=seconds / 2)
                pauses = _even(0.8 * capacity) if name == "" else _uneven(0.8 * capacity, draw)
                came.extend(asyncio.run(paced(process.port, wanted, pauses=pauses, seconds=seconds)))
    for name, came in answers.items():
        _all_good(came)
        p50, p99 = np.percentile([one.seconds for one in came], [50, 99])
        figures |= {f"p50_ms{name}": p50 * 1000, f"p99_ms{name}": p99 * 1000, f"p99_over_p50{name}": p99 / p50}
        say(f"{len(came)} posts{name}: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")
    return figures


def _even(rate: float) -> Iterator[float]:
    return itertools.repeat(1 / rate)


def _uneven(rate: float, draw: Random) -> Iterator[float]:
    return (draw.expovariate(rate) for _ in itertools.count())


def overload(var: Path, layout: Layout, capacity: float, *, seconds: float) -> Figures:
    """Three times as much as can be borne: what is accepted is answered in bounded time and none of it is lost."""
    with service(var, layout, fake=False) as (process, key):
        wanted, pause = posts.raw(key, chosen(fake=False)), _even(3 * capacity)
        asyncio.run(counted(process.port, list(itertools.islice(wanted, 6)), connections=2))
        with Memory(process.pid) as memory:
            answers = asyncio.run(paced(process.port, wanted, pauses=pause, seconds=seconds))
        statuses = Counter(one.status for one in answers)
        accepted = [one for one in answers if one.status in {200, 201, 202}]
        refused = [one for one in answers if one.status in REFUSED]
        say(f"answers {dict(statuses)}; waiting until all that was accepted is inspected")
        lost = _lost(process.url, key, [str(json.loads(one.body)["id"]) for one in accepted])
    warm = memory.samples[min(int(WARM), len(memory.samples) // 2) :]
    return {
        "overload_posts": len(answers),
        "overload_accepted": len(accepted),
        "overload_refused": len(refused),
        "overload_unanswered": len(answers) - len(accepted) - len(refused),
        "overload_without_retry_after": sum(one.header("retry-after") is None for one in refused),
        "overload_accepted_p50_ms": float(np.percentile([one.seconds for one in accepted], 50)) * 1000,
        "overload_accepted_p99_ms": float(np.percentile([one.seconds for one in accepted], 99)) * 1000,
        "overload_refused_p99_ms": float(np.percentile([one.seconds for one in refused], 99)) * 1000
        if refused
        else 0.0,
        "overload_growth_mb": float(np.mean(warm[-10:]) - np.mean(warm[:10])),
        "overload_lost": lost,
    }


def _lost(url: str, key: str, scans: Sequence[str]) -> int:
    """How many of these scans are not inspected in the end."""
    left, deadline = set(scans), time.monotonic() + DRAIN_SECONDS
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
        while left and time.monotonic() < deadline:
            for scan in tuple(left):
                answer = client.get(f"/v1/scans/{scan}")
                if answer.is_success and answer.json()["state"] == "done":
                    left.discard(scan)
    return len(left) + len(scans) - len(set(scans))


def beside_peers(var: Path, *, rounds: int, seconds: float) -> Figures:
    """Requests a second of the same small network, by the same form, of this service, LitServe and BentoML."""
    picture = chosen(fake=True)[0]
    media_type = f"multipart/form-data; boundary={posts.BOUNDARY.decode()}"
    paths = {"litserve": "/predict", "bentoml": "/classify"}
    counts: dict[str, list[float]] = {name: [] for name in ("tidewaiter", "stored", *paths)}
    with ExitStack() as stack:
        ports = stack.enter_context(peers(var.parent / "peers"))
        process, key = stack.enter_context(service(var, Layout(workers=2, threads=1), fake=True, queue=64))
        ways: dict[str, tuple[int, Iterator[bytes]]] = {
            "tidewaiter": (
                process.port,
                itertools.repeat(posts.request("/bench/tiny", posts.form(picture), media_type)),
            ),
            "stored": (process.port, posts.multipart(key, [picture])),
        }
        for name, path in paths.items():
            ways[name] = (ports[name], itertools.repeat(posts.request(path, _views_alone(picture), media_type)))
        for number in range(-1, rounds):
            for name, (port, wanted) in ways.items():
                rate = _throughput(port, wanted, connections=16, seconds=seconds if number >= 0 else 2)
                counts[name] += [rate] if number >= 0 else []
            say(", ".join(f"{name} {values[-1]:.0f}" for name, values in counts.items() if values) or "warm")
    figures = {f"{name}_requests_a_second": statistics.median(values) for name, values in counts.items()}
    for name in paths:
        figures[f"vs_{name}"] = _ratio(counts["tidewaiter"], counts[name])
        figures[f"vs_{name}_stored"] = _ratio(counts["stored"], counts[name])
    return figures


def _views_alone(picture: bytes) -> bytes:
    """The form without metadata, which the peers know nothing of."""
    whole = posts.form(picture)
    mark = b"--" + posts.BOUNDARY
    return mark + whole.split(mark, 2)[2]


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def _all_good(answers: Sequence[Answer]) -> None:
    """Whatever is measured must be answered well."""
    bad = [one for one in answers if one.status not in {200, 201}]
    assert not bad, f"{len(bad)} of {len(answers)} answers are {bad[0].status}: {bad[0].body[:300]!r}"


def say(text: str) -> None:
    """Tell whoever waits."""
    sys.stderr.write(f"{text}\n")
