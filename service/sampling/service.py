"""Questions to officers: who gets which next, what they answered, and how many there are."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from inference.errors import UnknownMark
from service.alerts.deciding import Officer
from service.clock import Clock
from service.database import Database
from service.labels.boxes import clipped
from service.labels.repository import note, pictures_of
from service.registry import repository as registry
from service.sampling import repository
from service.sampling.errors import AlreadyAnswered, BoxOutside, TaskTaken, UnknownTask
from service.sampling.rules import SamplingRules
from service.sampling.samplers import lot
from service.sampling.schemas import AnswerIn, TaskCounts, TaskList, TaskOut
from service.tables import LabelTaskRow, ScanRow

LOOKED_AT = 20  # questions for each that is wanted: some are not for this officer


class TaskService:
    """Hands out questions and takes answers. Whoever comes first wins; nothing is lost."""

    def __init__(self, *, database: Database, rules: SamplingRules, clock: Clock) -> None:
        self._database, self._rules, self._clock = database, rules, clock

    def take(self, officer: Officer, count: int) -> TaskList:
        """Hold up to `count` questions for some minutes: those that the officer holds, and the most urgent others."""
        now = self._clock()
        until = now + timedelta(minutes=self._rules.claim_minutes)
        with self._database.write() as session:
            taken: list[TaskOut] = []
            for row in repository.waiting(session, officer.name, officer.office, now, count * LOOKED_AT):
                if len(taken) == count:
                    break
                if officer.name in _not_for(row) or not repository.claim(session, row.id, officer.name, now, until):
                    continue
                taken.append(self._now(session, row.id))
        return TaskList(items=taken)

    def answer(self, task_id: str, officer: Officer, said: AnswerIn) -> TaskOut:
        """Say what is there.

        Raises UnknownTask, UnknownMark, BoxOutside, TaskTaken, or AlreadyAnswered with the answer that stands.
        """
        now = self._clock()
        with self._database.write() as session:
            row = self._found(session, task_id, officer)
            self._check_open(session, row, officer)
            if said.mark_id is not None and registry.find(session, said.mark_id) is None:
                raise UnknownMark(f"no mark {said.mark_id!r} is recorded", field="mark_id")
            _check_box(session, row, said)
            fields = said.model_dump(mode="json", include={"category", "mark_id", "box"})
            if not repository.answer(session, row.id, officer.name, fields, now):
                raise TaskTaken(f"by {row.claimed_by!r}", current=self._current(session, row.id))
            note(session, officer.name, "answered", row.id, {"office": row.office, **fields})
            done = self._found(session, task_id, officer)
            if "second_of" not in row.document and lot("second", row.id) < self._rules.double_rate:
                repository.ask_again(session, done, now)
            return self._now(session, task_id)

    def skip(self, task_id: str, officer: Officer) -> TaskOut:
        """Pass a question over: the officer is not asked again. Raises UnknownTask, AlreadyAnswered, TaskTaken."""
        with self._database.write() as session:
            row = self._found(session, task_id, officer)
            self._check_open(session, row, officer)
            if not repository.claim(session, row.id, officer.name, self._clock(), self._clock()):
                raise TaskTaken(f"by {row.claimed_by!r}", current=self._current(session, row.id))
            repository.skip(session, self._found(session, task_id, officer), officer.name, self._rules.skips)
            return self._now(session, task_id)

    def counts(self, office: str | None) -> TaskCounts:
        """How many there are."""
        now = self._clock()
        with self._database.read() as session:
            found = repository.counts(session, office)
            today = repository.new_since(session, now - timedelta(days=1), office)
        states: defaultdict[str, int] = defaultdict(int)
        samplers: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (sampler, state), times in sorted(found.items()):
            states[state] += times
            samplers[sampler][state] = times
        return TaskCounts(by_state=dict(states), by_sampler=dict(samplers), today=today, a_day=self._rules.budget.a_day)

    def _check_open(self, session: Session, row: LabelTaskRow, officer: Officer) -> None:
        if row.state != "open":
            raise AlreadyAnswered(f"question {row.id} is {row.state}", current=self._current(session, row.id))
        if officer.name in _not_for(row):
            raise TaskTaken("it is for another officer", current=self._current(session, row.id))

    def _found(self, session: Session, task_id: str, officer: Officer) -> LabelTaskRow:
        row = repository.find(session, task_id, officer.office)
        if row is None:
            raise UnknownTask(f"no question {task_id!r} is stored", field="task_id")
        return row

    def _now(self, session: Session, task_id: str) -> TaskOut:
        row = repository.find(session, task_id, None)
        if row is None:
            raise UnknownTask(f"no question {task_id!r} is stored", field="task_id")
        return task_out(row)

    def _current(self, session: Session, task_id: str) -> dict[str, Any]:
        return self._now(session, task_id).model_dump(mode="json")


def task_out(row: LabelTaskRow) -> TaskOut:
    """A question as it is shown; that it is a second look, and what the first one said, is not."""
    fields = {name: getattr(row, name) for name in TaskOut.model_fields if name not in SHOWN_FROM_DOCUMENT}
    document = row.document
    shown = {
        "url": f"/v1/scans/{row.scan_id}/views/{row.view}",
        "modality": document.get("modality", "photo"),
        "box": document["box"],
        "candidates": document.get("candidates", []),
    }
    return TaskOut.model_validate(fields | shown)


SHOWN_FROM_DOCUMENT = ("url", "modality", "box", "candidates")


def _not_for(row: LabelTaskRow) -> Collection[str]:
    return {*row.document.get("not_for", ()), *row.document.get("skipped_by", ())}


def _check_box(session: Session, row: LabelTaskRow, said: AnswerIn) -> None:
    if said.box is None:
        return
    pictures = pictures_of(session.get_one(ScanRow, row.scan_id))
    picture = pictures[row.view]
    if clipped(said.box, picture, 1.0) != said.box:
        limit = f"inside {picture.width}x{picture.height} pixels"
        raise BoxOutside(f"box {list(said.box)} of view {row.view}", field="box", limit=limit)
