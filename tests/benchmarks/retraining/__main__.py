"""What the retraining loop does, measured: `make bench-retraining`; about two hours on two cores, most of it the gain.

.venv/bin/python -m tests.benchmarks.retraining [--only gain --only loop …] [--minutes 40] [--parcels 200]
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.retraining import gain, loop, poisoning, refusing, rescreen, swaps
from tests.databases import fresh_url

OUT = Path("var") / "bench" / "retraining.jsonl"


def rescreened() -> dict[str, Any]:
    """On SQLite, and beside it on PostgreSQL."""
    told = {}
    for kind in ("sqlite", "postgresql"):
        with TemporaryDirectory() as folder:
            told[kind] = rescreen.measure(fresh_url(kind, Path(folder)))
    own = told["sqlite"]
    return {"rescreen_million_s": own["rescreen_million_s"], "postgresql_s": told["postgresql"]["rescreen_million_s"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", help="measure this; may be given several times")
    parser.add_argument("--minutes", type=float, default=40.0, help="of fine-tuning in `gain`")
    parser.add_argument("--parcels", type=int, default=200, help="of the `loop`")
    chosen = parser.parse_args()
    measures: Mapping[str, Callable[[], dict[str, Any]]] = {
        "rescreen": rescreened,
        "refusing": refusing.measure,
        "swaps": swaps.measure,
        "poisoning": poisoning.measure,
        "loop": lambda: loop.measure(chosen.parcels),
        "gain": lambda: gain.measure(chosen.minutes),
    }
    for name in chosen.only or measures:
        told = {"measure": name, **measures[name]()}
        line = json.dumps(told, default=str)
        OUT.parent.mkdir(parents=True, exist_ok=True)
        with OUT.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
