"""What serving costs: `make bench-serving`; `make bench-serving TURN=5 OVERLOAD=30` takes four minutes.

Client and service share this machine's cores. All photographs are samples of the project.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from service.settings import cores
from tests.benchmarks.serving import measuring
from tests.benchmarks.serving.measuring import Figures, say
from tests.benchmarks.serving.services import Layout

PARTS = ("loop", "cpu", "latency", "overload", "peers")
GOALS = {  # figure -> goal; the first sign says on which side of it to be
    "service_over_loop": ">= 0.95",
    "cpu_ms_raw": "<= 0.3",
    "cpu_ms_multipart": "<= 0.6",
    "p99_over_p50": "<= 2",
    "overload_lost": "<= 0",
    "overload_unanswered": "<= 0",
    "overload_without_retry_after": "<= 0",
    "vs_litserve": ">= 3",
    "vs_bentoml": ">= 3",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and keep the figures; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.serving", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="only some (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="of what is compared (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each turn (default %(default)s)")
    parser.add_argument("--overload", type=float, default=300.0, help="seconds of overload (default %(default)s)")
    parser.add_argument("--workers", type=int, default=cores(), help="(default: one for each core)")
    parser.add_argument("--threads", type=int, default=1, help="of each (default %(default)s)")
    parser.add_argument("--var", type=Path, default=Path("var/bench"), help="folder for databases and figures")
    given = parser.parse_args(arguments)
    layout, place = Layout(workers=given.workers, threads=given.threads), given.var / f"serving-{time.time_ns()}"
    try:
        figures = _measured(given, layout, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    _report(figures, given)
    return 0


def _measured(given: argparse.Namespace, layout: Layout, place: Path) -> Figures:
    figures = Figures()
    if {"loop", "overload"} & set(given.parts):
        figures |= measuring.beside_loop(place / "loop", layout, rounds=given.rounds, seconds=given.seconds)
    capacity = figures.get("service_a_second", 0.0)
    if "cpu" in given.parts:
        figures |= measuring.cpu_of_requests(place / "cpu", rounds=given.rounds, count=300)
    if "latency" in given.parts:
        figures |= measuring.at_80_percent(place / "latency", layout, rounds=given.rounds, seconds=given.seconds)
    if "overload" in given.parts:
        figures |= measuring.overload(place / "overload", layout, capacity, seconds=given.overload)
    if "peers" in given.parts:
        figures |= measuring.beside_peers(place / "peers", rounds=given.rounds, seconds=given.seconds / 2)
    return figures


def _report(figures: Figures, given: argparse.Namespace) -> None:
    for name, value in figures.items():
        sys.stdout.write(f"{name:32} {value:10.3f}  {_judged(value, GOALS.get(name))}\n")
    kept = {name: round(value, 4) for name, value in figures.items()}
    asked = {name: str(value) if isinstance(value, Path) else value for name, value in vars(given).items()}
    path = given.var / "serving.jsonl"
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **asked, **kept}) + "\n")
    say(f"kept in {path}")


def _judged(value: float, goal: str | None) -> str:
    if goal is None:
        return ""
    side, bound = goal.split()
    met = value <= float(bound) if side == "<=" else value >= float(bound)
    return f"goal {goal}: {'met' if met else 'missed'}"


if __name__ == "__main__":
    sys.exit(main())
