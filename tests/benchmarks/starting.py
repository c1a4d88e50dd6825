"""How long a service needs to start on a registry, and how much memory: run as a process of its own.

python -m tests.benchmarks.starting     # prints one line of JSON
"""

import json
import sys
import time
from pathlib import Path

from service.bootstrap import bootstrap
from service.logs import configure_logs
from service.settings import load_settings


def main() -> int:
    """Start, say what it took, and stop."""
    configure_logs()
    began = time.perf_counter()
    parts = bootstrap(load_settings())
    seconds = time.perf_counter() - began
    told = {"start_s": round(seconds, 1), "start_peak_mb": megabytes("VmHWM"), "resident_mb": megabytes("VmRSS")}
    sys.stdout.write(json.dumps(told) + "\n")
    parts.close()
    return 0


def megabytes(field: str) -> int:
    """Of this process's memory: `ru_maxrss` would be the parent's, which it inherits."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return round(int(status.split(f"{field}:")[1].split()[0]) / 1024)


if __name__ == "__main__":
    sys.exit(main())
