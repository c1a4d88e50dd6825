"""The child process in which a stranger's graphs are read, loaded and run. Started by `judging`, not by people.

A request is a length (8 bytes, big-endian), that much JSON, and the files one after the other; the answer is JSON:
{"found": {…}} or {"refused": "why"}. A model that takes the process with it leaves no answer, and that is one too.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path
from typing import Any

import numpy as np

from inference.errors import BadBundle
from inference.proving.arrays import check_array
from inference.proving.confine import confine
from inference.proving.graph import check_graph
from inference.proving.interface import interface_of, verifier_interface
from inference.proving.limits import Limits
from inference.proving.running import run_model, run_verifier
from inference.verifier import FILE as VERIFIER

MODEL = "model.onnx"


def main(memory: int, cpu_seconds: int) -> None:
    """Serve the one request on stdin."""
    np.linalg.norm(np.ones((1, 2), np.float16).astype(np.float32), axis=1)  # whatever NumPy loads late is loaded now
    status = Path("/proc/self/status").open("rb", buffering=0)  # noqa: SIM115 - nothing can be opened later
    filtered = confine(memory, cpu_seconds)
    answer: dict[str, Any]
    try:
        found = _judged(sys.stdin.buffer.read())
        answer = {"found": {**found, "filtered": filtered, "peak_mib": _peak(status)}}
    except BadBundle as error:
        answer = {"refused": error.detail}
    except MemoryError:
        answer = {"refused": f"it needs more memory than {memory // 2**20:,} MiB"}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


def _judged(request: bytes) -> dict[str, Any]:
    size = int.from_bytes(request[:8], "big")
    asked = json.loads(request[8 : 8 + size])
    files: dict[str, bytes] = {}
    at = 8 + size
    for name, length in asked["files"].items():
        files[name], at = request[at : at + length], at + length
    return judge(asked["role"], asked["config"], files, Limits(**asked["limits"]))


def judge(role: str, config: Mapping[str, Any], files: Mapping[str, bytes], limits: Limits) -> dict[str, Any]:
    """What is found in a bundle's model and attachments. Raises BadBundle, the file's name first."""
    found: dict[str, Any] = {}
    parts = config.get("parts", 0)
    interfaces = {MODEL: interface_of(role, config), VERIFIER: verifier_interface(parts)}
    for name, data in files.items():  # all that is written, before anything runs
        with _naming(name):
            if name in interfaces:
                census = check_graph(data, interfaces[name], limits)
                found[name] = {"nodes": census.nodes, "tensors": census.initializers, "numbers": census.numbers}
            else:
                found[name] = {"rows": check_array(name, data, dimension=config["dimension"], limits=limits)}
    for name in interfaces.keys() & files.keys():
        with _naming(name):
            data = files[name]
            found[name] |= run_model(role, config, data) if name == MODEL else run_verifier(parts, data)
    return found


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Reasons begin with the file's name."""
    try:
        yield
    except BadBundle as error:
        raise BadBundle(f"{name}: {error.detail}") from error


def _peak(status: RawIOBase) -> float:
    """MiB of memory in use at most, as the system says it; `ru_maxrss` would be the parent's, where that has more."""
    for line in status.read().splitlines():
        if line.startswith(b"VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0
