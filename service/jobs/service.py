"""Jobs: entered, done one after another in a thread, taken up again by whichever process is there.

A row with a lease is all there is to it. DBOS takes up a workflow again when the process that had it comes back under
the same name; here the next process may be another one, and the command line is one, too (docs/adr/0037).
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from sqlalchemy.orm import Session

from inference.errors import TidewaiterError
from service.audit import repository as audit
from service.audit.repository import Act
from service.database import Database
from service.identifiers import new_id
from service.jobs import repository
from service.jobs.errors import JobIsOver, JobStopped, UnknownJob
from service.jobs.progress import Steps
from service.jobs.schemas import JobOut, JobPage, StepOut
from service.tables import JobRow

LOOK_SECONDS = 2.0  # between two looks for jobs that another process entered or left
TOLD_SECONDS = 1.0  # between two times that progress is written down
RENEW_SECONDS = 5.0
Watcher = Callable[[str, int, int | None, str], None]  # step, done, total, note
log = structlog.get_logger()


def nobody(_step: str, _done: int, _total: int | None, _note: str) -> None:
    """Watches nothing."""


class Told(Protocol):
    """What a handler tells of its work."""

    def moved(self, step: str, done: int, total: int | None = None, note: str = "") -> None:
        """Say how far it is. Raises JobStopped if it is to end."""

    def check(self) -> None:
        """Raises JobStopped if it is to end."""


class Handler(Protocol):
    """Does the jobs of one kind. A job may be done more than once, and go on after a crash at any point."""

    def run(self, job_id: str, options: Mapping[str, Any], told: Told) -> dict[str, Any]:
        """Do a job and return its result. Raises JobStopped, or what makes it fail."""


@dataclass
class _Doing:
    """A job that this process does: tells the database how far it is, and keeps its lease while nothing is told."""

    database: Database
    job_id: str
    owner: str
    steps: Steps
    watcher: Watcher
    stopped: threading.Event
    ended: bool = False  # somebody wants it to end, or another process has it
    _written: float = 0.0

    def moved(self, step: str, done: int, total: int | None = None, note: str = "") -> None:
        self.steps.moved(step, done, total, note)
        self.watcher(step, done, total, note)
        if time.monotonic() - self._written >= TOLD_SECONDS:
            self.renew()
        self.check()

    def check(self) -> None:
        if self.ended or self.stopped.is_set():
            raise JobStopped(self.job_id)

    def renew(self) -> None:
        self._written = time.monotonic()
        with self.database.write() as session:
            wanted = repository.renew(session, self.job_id, self.owner, self.steps.document())
        self.ended = self.ended or wanted is None or wanted

    def keep(self, over: threading.Event) -> None:
        """Renew the lease until `over`."""
        while not over.wait(RENEW_SECONDS):
            try:
                self.renew()
            except Exception as error:  # a database that is away comes back, or the lease runs out
                log.error("lease_not_renewed", job=self.job_id, exc_info=error)


class JobService:
    """Takes jobs and has them done."""

    def __init__(self, *, database: Database, handlers: Mapping[str, Handler]) -> None:
        """`handlers` by the kind of job that they do."""
        self._database, self._handlers = database, handlers
        self._owner = new_id("process")
        self._due, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs")

    def add(self, kind: str, options: dict[str, Any], by: str) -> JobOut:
        """Enter a job; it is done by whichever process serves."""
        with self._database.write() as session:
            job_id = self.enter(session, kind, options, by)
        self.wake()
        return self.get(job_id)

    def wake(self) -> None:
        """Look for jobs now, if they are done here."""
        self._due.set()

    def enter(self, session: Session, kind: str, options: dict[str, Any], by: str) -> str:
        """Enter a job in a transaction of the caller; returns its identifier."""
        row = repository.add(session, kind, options, by)
        audit.append(session, Act(actor=by, action="entered", kind="job", subject=row.id, detail={"job": kind}))
        return row.id

    def get(self, job_id: str, *, within: str | None = None) -> JobOut:
        """One job; what is done for another office than `within` is not there. Raises UnknownJob."""
        with self._database.read() as session:
            row = _found(session.get(JobRow, job_id), job_id)
        if not _seen_from(row, within):
            raise UnknownJob(f"no job {job_id!r}", field="job_id")
        return _out(row)

    def list(self, kind: str | None, limit: int, *, within: str | None = None) -> JobPage:
        """Jobs, the newest first."""
        with self._database.read() as session:
            rows = repository.newest(session, kind=kind, limit=limit)
        return JobPage(items=[_out(row) for row in rows if _seen_from(row, within)])

    def cancel(self, job_id: str, by: str) -> JobOut:
        """Have a job end. Raises UnknownJob, JobIsOver."""
        with self._database.write() as session:
            row = _found(session.get(JobRow, job_id), job_id)
            if not repository.cancel(session, job_id):
                raise JobIsOver(f"{job_id} is {row.state}", field="job_id")
            audit.append(session, Act(actor=by, action="cancelled", kind="job", subject=job_id))
        return self.get(job_id)

    def do(self, job_id: str, watcher: Watcher = nobody) -> JobOut:
        """Do a job here and now, unless another process does. Raises what makes it fail; the job says so, too."""
        with self._database.write() as session:
            row = _found(session.get(JobRow, job_id), job_id)
            kind, options, known = row.kind, dict(row.options), row.progress["steps"]
            if not repository.take(session, job_id, self._owner):
                return _out(row)
        doing = _Doing(
            database=self._database,
            job_id=job_id,
            owner=self._owner,
            steps=Steps(known),
            watcher=watcher,
            stopped=self._stopped,
        )
        over = threading.Event()
        keeper = threading.Thread(target=doing.keep, args=(over,), name="lease")
        keeper.start()
        try:
            self._do(doing, self._handlers[kind], options)
        finally:
            over.set()
            keeper.join()
        return self.get(job_id)

    def start(self) -> None:
        """Do jobs in a thread, those of before first, until `stop`."""
        self._due.set()
        self._thread.start()

    def stop(self) -> None:
        """End; the job that is done goes on at the next start from where it is."""
        self._stopped.set()
        self._due.set()
        self._thread.join()

    def _do(self, doing: _Doing, handler: Handler, options: dict[str, Any]) -> None:
        try:
            result = handler.run(doing.job_id, options, doing)
        except JobStopped:
            self._end(doing, "cancelled" if doing.ended and not self._stopped.is_set() else None)
        except Exception as error:
            said = f"{error.title} {error.detail}" if isinstance(error, TidewaiterError) else "It was logged."
            self._end(doing, "failed", message=said[:4000])
            raise
        else:
            doing.steps.closed()
            self._end(doing, "done", result=result)

    def _end(self, doing: _Doing, state: str | None, **changes: Any) -> None:
        """The job is over, or, without a `state`, left to others."""
        with self._database.write() as session:
            if state is None:
                repository.release(session, doing.job_id, self._owner)
            else:
                progress = doing.steps.document()
                repository.finish(session, doing.job_id, self._owner, state, progress=progress, **changes)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._due.wait(LOOK_SECONDS)
            self._due.clear()
            for job_id in self._waiting():
                if self._stopped.is_set():
                    return
                try:
                    self.do(job_id)
                except Exception as error:  # the job says what it was; the next one is not held up
                    log.error("job_failed", job=job_id, exc_info=error)

    def _waiting(self) -> Sequence[str]:
        try:
            with self._database.read() as session:
                return repository.unfinished(session, list(self._handlers))
        except Exception as error:  # a database that is away comes back
            log.error("jobs_not_looked_up", exc_info=error)
            return ()


def _seen_from(row: JobRow, office: str | None) -> bool:
    """Whether an office may see a job: one over past parcels is for whom it was asked."""
    return office is None or "office" not in row.options or row.options["office"] == office


def _found(row: JobRow | None, job_id: str) -> JobRow:
    if row is None:
        raise UnknownJob(f"no job {job_id!r}", field="job_id")
    return row


def _out(row: JobRow) -> JobOut:
    return JobOut.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "state": row.state,
            "options": row.options,
            "steps": [StepOut.model_validate(step) for step in row.progress["steps"]],
            "result": row.result,
            "message": row.message,
            "created_by": row.created_by,
            "created_at": row.created_at,
            "finished_at": row.finished_at,
        }
    )
