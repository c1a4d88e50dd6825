"""Enters retrainings, one at a time."""

import importlib.util

from service.database import Database
from service.jobs import repository as jobs
from service.jobs.schemas import JobOut
from service.jobs.service import JobService
from service.modelops.repository import deployment
from service.retraining.errors import NoTraining, RetrainingUnderWay
from service.retraining.handler import KIND
from service.retraining.schemas import RetrainIn


class Asking:
    """Takes what is asked for."""

    def __init__(self, *, database: Database, jobs: JobService) -> None:
        self._database, self._jobs = database, jobs

    def retrain(self, asked: RetrainIn, by: str) -> JobOut:
        """Enter a retraining. Raises NoTraining, RetrainingUnderWay with the job that is not over."""
        if importlib.util.find_spec("torch") is None:
            raise NoTraining("run `uv sync --group train`, here or where the jobs are done", field="torch")
        with self._database.write() as session:
            deployment(session, hold=True)  # two who ask at once are heard one after the other
            waiting = jobs.open_of(session, KIND)
            if waiting:
                raise RetrainingUnderWay(f"job {waiting[0].id}", field="job_id")
            options = asked.model_dump(mode="json", exclude={"officer"}) | {"by": by}
            job = self._jobs.enter(session, KIND, options, by)
        self._jobs.wake()
        return self._jobs.get(job)
