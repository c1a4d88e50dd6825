"""The training process: started, listened to, ended when it is to end. What it says besides goes to a log."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from service.jobs.errors import JobStopped
from service.jobs.service import Told
from service.retraining.errors import TrainingFailed
from service.settings import PACKAGE_ROOT

MODULE = "training.retraining"
LOG = "training.log"
REFUSED, STOPPED = 3, 4  # exit status: a gate said no, and the candidate is there; a signal stopped it
GRACE_SECONDS = 60.0  # to reach a checkpoint
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")


def train(run: Path, told: Told) -> bool:
    """Have the run in a folder done. Returns whether the gates let the candidate pass.

    A process that was killed goes on from its last checkpoint when it is started again. Raises TrainingFailed with the
    last words of its log, JobStopped.
    """
    with (
        (run / LOG).open("ab") as log,
        subprocess.Popen(  # noqa: S603 - no shell
            [sys.executable, "-m", MODULE, str(run)],
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=PACKAGE_ROOT,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            start_new_session=True,
        ) as process,
        _ending(process, told),
    ):
        for line in _lines(process.stdout):
            told.moved(str(line["step"]), int(line["done"]), line.get("total"), str(line.get("note", "")))
    status = process.returncode
    if status == STOPPED:
        raise JobStopped(run.name)
    if status not in (0, REFUSED):
        raise TrainingFailed(f"status {status}: {_last_words(run)}", field="job_id")
    return status == 0


class _ending:
    """While the process works, look if it is to end; end it when the block is left early."""

    def __init__(self, process: "subprocess.Popen[bytes]", told: Told) -> None:
        self._process, self._told = process, told
        self._over, self._stop = threading.Event(), False
        self._thread = threading.Thread(target=self._watch, name="training-watch")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: object) -> None:
        self._over.set()
        self._thread.join()
        if kind is not None:
            self._terminate()
        elif self._stop:
            raise JobStopped(MODULE)

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            try:
                self._told.check()
            except JobStopped:
                self._stop = True
                self._terminate()
                return

    def _terminate(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()


def _lines(stream: IO[bytes] | None) -> Iterator[dict[str, Any]]:
    """What the process says of its progress; anything else on its output is passed over."""
    for line in stream or ():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and isinstance(said.get("step"), str) and isinstance(said.get("done"), int):
            yield said


def _last_words(run: Path) -> str:
    """Why it failed, as the process itself says it, or else the end of its log."""
    try:
        said = json.loads((run / "result.json").read_text(encoding="utf-8"))
        return str(said["message"])[:2000]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        return (run / LOG).read_text(encoding="utf-8", errors="replace").strip()[-1500:]
    except OSError:
        return "it left no log"
