"""The bare loop, as a process of its own: decode and inspect, in as many threads as the service has workers.

`python -m tests.benchmarks.serving.bare FOLDER --workers 2 --threads 1` loads the service's registry from FOLDER; for
each line `SECONDS` that it reads it loops for so long and prints photographs a second and processor time of each.
"""

import argparse
import itertools
import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from inference.decoding import decode
from service.bootstrap import bootstrap
from service.inspecting import Inspecting, load_models
from service.settings import Settings
from tests.benchmarks.serving.photographs import chosen
from tests.fakes import load_fake


def main(arguments: Sequence[str] | None = None) -> int:
    """Load, then loop as often as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--fake", action="store_true", help="the tests' inspector, which costs next to nothing")
    given = parser.parse_args(arguments)
    settings = Settings(var_dir=given.folder, workers=given.workers, threads=given.threads, min_free_bytes=0)
    parts = bootstrap(settings, loader=load_fake if given.fake else load_models)
    photographs = chosen(fake=given.fake)
    print("ready", flush=True)  # noqa: T201 - its parent reads it
    for line in sys.stdin:
        print(json.dumps(looped(parts.inspector, photographs, given.workers, float(line))), flush=True)  # noqa: T201
    parts.close()
    return 0


def looped(inspector: Inspecting, photographs: Sequence[bytes], workers: int, seconds: float) -> dict[str, float]:
    """Photographs a second, and processor time of each in milliseconds."""
    left, done, lock = itertools.cycle(photographs), itertools.count(), threading.Lock()
    end = time.monotonic() + seconds

    def work() -> None:
        while time.monotonic() < end:
            with lock:
                data = next(left)
            inspector.inspect(decode(data), time.time())
            next(done)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    began, cpu = time.monotonic(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count = next(done)
    took = time.monotonic() - began
    return {"a_second": count / took, "cpu_ms": (time.process_time() - cpu) / count * 1000}


if __name__ == "__main__":
    sys.exit(main())
