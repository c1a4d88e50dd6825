"""Looking through past scans, as jobs."""

from collections.abc import Mapping
from typing import Any, Protocol

from service.jobs.errors import JobStopped
from service.jobs.service import Told
from service.rescreening.errors import Stopped
from service.rescreening.service import Moved, Stopping

RESCREEN, REEMBED, CHANGES = "rescreen", "reembed", "changes"


class Runs(Protocol):
    """What `Rescreening`, `Reembedding` and `VerdictChanges` have in common."""

    def run(self, job_id: str, options: dict[str, Any], moved: Moved, stopped: Stopping) -> dict[str, Any]:
        """Do it; may be done again. Raises Stopped."""


class AsJob:
    """Does one of them as a job; see `service.jobs.service.Handler`."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    def run(self, job_id: str, options: Mapping[str, Any], told: Told) -> dict[str, Any]:
        """Raises JobStopped, and what makes it fail."""

        def stopped() -> bool:
            try:
                told.check()
            except JobStopped:
                return True
            return False

        try:
            return self._runs.run(job_id, dict(options), told.moved, stopped)
        except Stopped as error:
            raise JobStopped(job_id) from error
