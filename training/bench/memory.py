"""Resident memory of a process that has loaded the inspector: `python -m training.bench.memory MODELS` prints bytes."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from inference.inspector import load_inspector

STATUS = Path("/proc/self/status")


def resident_bytes() -> int:
    """Resident memory of this process now; raises OSError where the system does not tell it as Linux does."""
    for line in STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"{STATUS} has no VmRSS")


def measured(models: Path) -> int:
    """Resident memory of a process of its own that loaded the inspector; raises OSError if that failed."""
    command = [sys.executable, "-m", "training.bench.memory", str(models)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise OSError(f"a process with the inspector ended with {done.returncode}: {last}")
    return int(done.stdout)


def main(arguments: Sequence[str] | None = None) -> int:
    """Load the inspector and print the resident memory."""
    (models,) = sys.argv[1:] if arguments is None else arguments
    inspector = load_inspector(Path(models))
    sys.stdout.write(f"{resident_bytes()}\n")
    return 0 if inspector.models else 1


if __name__ == "__main__":
    sys.exit(main())
