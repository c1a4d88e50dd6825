"""How long a service needs to start on a registry, and how much memory: run as a process of its own.

python -m tests.benchmarks.starting     # prints one line of JSON
"""

import json
import resource
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
    resident = int(Path("/proc/self/status").read_text(encoding="ascii").split("VmRSS:")[1].split()[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"start_s": round(seconds, 1), "start_peak_mb": round(peak), "resident_mb": round(resident)}
    sys.stdout.write(json.dumps(told) + "\n")
    parts.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
