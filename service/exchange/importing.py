"""One import: everything is read and checked first; then it is entered a batch at a time, so that scans get through.

With any bad recordation nothing is entered, unless bad ones are to be skipped. Pictures are embedded afterwards: a mark
is matched once its first picture is.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from service.database import Database
from service.exchange import repository
from service.exchange.errors import Unusable
from service.exchange.reading import Counts, Reading, Source, batches
from service.exchange.schemas import ImportOptions
from service.exchange.screening import Screened, Seen, screen
from service.exchange.staging import Stage
from service.recordations.bulk import Entering, enter_many
from service.recordations.intake import Taken
from service.recordations.schedule import Schedule
from service.recordations.service import RecordationService
from service.registry import repository as registry
from service.tables import ExchangeJobRow

T = TypeVar("T")
BATCH = 200  # recordations in one transaction
Progress = Callable[[str, int, int | None], None]  # what, how many are done, of how many


class Importer:
    """Carries imports out."""

    def __init__(
        self, *, database: Database, reading: Reading, recordations: RecordationService, schedule: Schedule
    ) -> None:
        self._database, self._reading = database, reading
        self._recordations, self._schedule = recordations, schedule

    def run(self, job_id: str, source: Source, options: ImportOptions, folder: Path, progress: Progress) -> None:
        """Carry the job out from where it is. Raises what makes it fail."""
        stage = Stage(folder)
        with self._database.read() as session:
            job = session.get_one(ExchangeJobRow, job_id)
            state, counts, applied = job.state, dict(job.counts), job.applied
        if state != "applying":

            def counted(counts: Counts) -> None:
                self._advance(job_id, "reading", counts=counts)
                progress("reading", counts["read"], None)

            counts = self._reading.run(source, options, stage, counted)
            if counts["rejected"] and not options.skip_bad:
                self._advance(job_id, "refused", counts=counts)
                return
            if options.dry_run:
                self._advance(job_id, "done", counts=counts)
                return
            self._advance(job_id, "applying", counts=counts)
        self._apply(job_id, stage, applied, counts["read"] - counts["rejected"], progress)
        self._advance(job_id, "done")

    def _apply(self, job_id: str, stage: Stage, applied: int, total: int, progress: Progress) -> None:
        """Enter what is staged; each batch and the count of it are one transaction."""
        for batch in batches(stage.read(skip=applied)):
            with self._database.write() as session:
                revision = registry.bump(session)
                effects = screen(session, batch, self._schedule, Seen())
                quick = [one for one, effect in zip(batch, effects, strict=True) if effect.quick]
                enter_many(session, quick, self._schedule, revision)
                for entering, effect in zip(batch, effects, strict=True):
                    if not effect.quick:
                        self._one(session, entering, effect, revision)
                applied += len(batch)
                repository.advance(session, job_id, "applying", applied=applied)
            progress("entering", applied, total)

    def _one(self, session: Session, entering: Entering, effect: Screened, revision: int) -> None:
        taken = Taken(pictures=list(entering.pictures), vectors={})
        if effect.effect == "conflict":  # somebody entered it since the file was checked
            raise Unusable(effect.reason)
        if effect.effect == "changed" and effect.recordation_id is not None:
            self._recordations.replace(session, effect.recordation_id, entering.filing, taken, revision)
        if effect.effect == "added":
            self._recordations.enter(session, entering.filing, taken, revision)

    def _advance(self, job_id: str, state: str, **changes: object) -> None:
        with self._database.write() as session:
            repository.advance(session, job_id, state, **changes)
