"""Time per picture, end to end from bytes: median and 95th percentile, and what machine and provider took it."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.evaluation.proportions import Figure
from training.evaluation.resampling import Weights, resampled


def percentile(milliseconds: Sequence[float], q: float) -> Figure:
    """The `q`th percentile (linear between neighbours) of the times, in milliseconds; `n` = pictures."""
    times = np.array(milliseconds, np.float64)

    def statistic(weights: Weights) -> float:
        return float(np.percentile(times.repeat(weights), q))

    return resampled(statistic, pictures=len(times), n=len(times))


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What took the time."""

    name: str  # processor and the number of cores this process may use
    provider: str  # what ran the networks


def this_machine(provider: str) -> Machine:
    """The machine that this process runs on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Machine(name=f"{_processor()}, {cores} cores, {platform.system()}", provider=provider)


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    if table.is_file():
        for line in table.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
