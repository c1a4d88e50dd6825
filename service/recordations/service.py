"""What can be done with recordations. What is answered is committed, and live in this process."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from service.database import Database
from service.errors import ChangedMeanwhile
from service.holders import repository as holders
from service.holders.errors import UnknownHolder
from service.inspecting import Champion
from service.law.profiles import Profile
from service.onboarding import repository as tests
from service.onboarding.service import OnboardingService
from service.recordations import repository
from service.recordations.answers import recordation_out
from service.recordations.errors import UnknownRecordation
from service.recordations.intake import Intake, Taken
from service.recordations.lifecycle import Happened, happen
from service.recordations.marks import put_marks, refresh_marks, refuse_rivals
from service.recordations.rules import check_filing, check_procedure, term_of
from service.recordations.schedule import Schedule
from service.recordations.schemas import (
    ChangeOut,
    EventIn,
    FilingChange,
    History,
    Procedure,
    RecordationIn,
    RecordationOut,
)
from service.registry import history
from service.registry import repository as registry
from service.tables import HolderRow, RecordationRow
from service.uploads import Upload


class RecordationService:
    """Enters, changes and shows recordations."""

    def __init__(
        self,
        *,
        database: Database,
        intake: Intake,
        champion: Champion,
        onboarding: OnboardingService,
        schedule: Schedule,
        jurisdiction: str,
    ) -> None:
        self._database, self._intake, self._champion, self._onboarding = database, intake, champion, onboarding
        self._schedule, self._jurisdiction = schedule, jurisdiction

    def create(self, filing: RecordationIn, uploads: Sequence[Upload]) -> RecordationOut:
        """Enter a recordation. Everything is checked, drawn and embedded before anything is stored.

        Raises InvalidFiling, InvalidRequest or BadArtwork naming the part; Conflicting with what it conflicts with.
        """
        self._check(filing)
        taken = self._intake.take(filing.marks, uploads, {})
        with self._database.write() as session:
            row = self.enter(session, filing, taken, registry.bump(session))
        self._onboarding.run([mark.mark_id for mark in filing.marks])
        return self.get(row.id)

    def change(
        self, recordation_id: str, version: int, change: FilingChange, uploads: Sequence[Upload]
    ) -> RecordationOut:
        """Replace what is filed. Raises ChangedMeanwhile with the present state if it is no longer at `version`."""
        with self._database.read() as session:
            known = self._found(session, recordation_id)
            stored = {p.sha256: p for mark in known.marks if not mark.removed for p in registry.pictures_of(mark)}
        check_filing(change, self._schedule.law.profile(known.profile))
        taken = self._intake.take(change.marks, uploads, stored)
        with self._database.write() as session:
            self.amend(session, recordation_id, version, change, taken, registry.bump(session))
        self._onboarding.run([mark.mark_id for mark in change.marks])
        return self.get(recordation_id)

    def enter(self, session: Session, filing: RecordationIn, taken: Taken, revision: int) -> RecordationRow:
        """Enter a recordation whose pictures are taken in, in a transaction of the caller. Raises as `create`."""
        jurisdiction, profile = self._check(filing)
        row = repository.add(session, filing, _holder_for(session, filing), jurisdiction, profile.id, revision)
        row.valid_from, row.valid_to = term_of(filing, filing, profile)
        self._finish(session, row, filing, taken, revision)
        _note(session, row, "entered", filing.officer, None)
        return row

    def amend(
        self,
        session: Session,
        recordation_id: str,
        version: int,
        change: FilingChange,
        taken: Taken,
        revision: int,
    ) -> None:
        """Replace what is filed, likewise. Raises as `change`."""
        row, before = self._claimed(session, recordation_id, version)
        profile = self._schedule.law.profile(row.profile)
        check_filing(change, profile)
        if change.holder_id is not None:
            row.holder = _holder(session, change.holder_id)
        repository.fill(row, change, revision)
        check_procedure(repository.procedure_of(row), change, profile)
        self._finish(session, row, change, taken, revision)
        _note(session, row, "changed", change.officer, change.reason, before)

    def replace(
        self, session: Session, recordation_id: str, filing: RecordationIn, taken: Taken, revision: int
    ) -> None:
        """Make a recordation what a filing says, state and term too: what an import does. Raises as `create`."""
        known = self._found(session, recordation_id)
        row, before = self._claimed(session, recordation_id, known.version)
        _, profile = self._check(filing)
        for name in Procedure.model_fields:
            setattr(row, name, getattr(filing, name))
        row.valid_from, row.valid_to = term_of(filing, filing, profile)
        row.holder = _holder_for(session, filing)
        repository.fill(row, filing, revision)
        self._finish(session, row, filing, taken, revision)
        _note(session, row, "imported", filing.officer, None, before)

    def happen(self, recordation_id: str, version: int, event: EventIn) -> RecordationOut:
        """Let an event happen to it. Raises CannotFollow with the present state if it cannot happen now."""
        with self._database.write() as session:
            revision = registry.bump(session)
            row, before = self._claimed(session, recordation_id, version)
            self._apply(session, row, happen(row, event, self._schedule, self._out(session, row)), revision)
            _note(session, row, event.event, event.officer, event.reason, before)
        self._champion().live.refresh()
        return self.get(recordation_id)

    def today(self) -> date:
        """The date where the service's own jurisdiction is."""
        return self._schedule.today(self._schedule.profile_for(self._jurisdiction))

    def get(self, recordation_id: str) -> RecordationOut:
        """One recordation as it stands today. Raises UnknownRecordation."""
        with self._database.read() as session:
            return self._out(session, self._found(session, recordation_id))

    def history(self, recordation_id: str) -> History:
        """All its changes. Raises UnknownRecordation."""
        with self._database.read() as session:
            self._found(session, recordation_id)
            rows = history.changes_of(session, "recordation", recordation_id)
            return History(items=[_change_out(row) for row in rows])

    def _check(self, filing: RecordationIn) -> tuple[str, Profile]:
        """The jurisdiction of a new filing and its rules, which it fulfils. Raises InvalidFiling."""
        jurisdiction = filing.jurisdiction or self._jurisdiction
        profile = self._schedule.profile_for(jurisdiction)
        check_filing(filing, profile)
        check_procedure(filing, filing, profile)
        return jurisdiction, profile

    def _finish(
        self, session: Session, row: RecordationRow, filing: RecordationIn | FilingChange, taken: Taken, revision: int
    ) -> None:
        """Refuse what conflicts, store marks, pictures and vectors, and make it findable."""
        repository.refuse_taken_number(session, row)
        put_marks(session, row, filing.marks, taken, self._schedule.validity(row), revision)
        repository.index(session, row, row.holder, filing.marks)
        refuse_rivals(session, row)
        session.expire(row, ["marks"])

    def _apply(self, session: Session, row: RecordationRow, happened: Happened, revision: int) -> None:
        procedure = happened.procedure
        for name in Procedure.model_fields:
            setattr(row, name, getattr(procedure, name))
        row.number, row.revision = happened.number, revision
        repository.refuse_taken_number(session, row)
        refresh_marks(session, row, self._schedule.validity(row), revision)
        repository.index(session, row, row.holder, repository.marks_in(row))
        refuse_rivals(session, row)

    def _claimed(self, session: Session, recordation_id: str, version: int) -> tuple[RecordationRow, dict[str, Any]]:
        """The recordation, claimed for this change, and its state before it."""
        row = self._found(session, recordation_id)
        before = repository.state_of(row)
        if not repository.claim(session, recordation_id, version):
            detail = f"it is at version {row.version}, the change is of version {version}"
            raise ChangedMeanwhile(detail, field="If-Match", current=self._out(session, row).model_dump(mode="json"))
        return self._found(session, recordation_id), before

    def _found(self, session: Session, recordation_id: str) -> RecordationRow:
        row = repository.find(session, recordation_id)
        if row is None:
            raise UnknownRecordation(f"no recordation {recordation_id!r} is stored", field="recordation_id")
        return row

    def _out(self, session: Session, row: RecordationRow) -> RecordationOut:
        return recordation_out(row, self._schedule, tests.of_marks(session, [mark.mark_id for mark in row.marks]))


def _holder_for(session: Session, filing: RecordationIn) -> HolderRow:
    """The right holder the filing names; one that is not known yet is entered with it."""
    if filing.holder_id is not None:
        return _holder(session, filing.holder_id)
    if filing.holder is None:
        raise ValueError("a filing has a holder or a holder_id")
    known = holders.named(session, filing.holder.name, filing.holder.country)
    if known is not None:
        return known
    row = holders.add(session, filing.holder)
    change = history.change(
        kind="holder",
        object_id=row.id,
        action="entered",
        officer=filing.officer,
        revision=registry.revision(session),
        before=None,
        after=holders.state_of(row),
    )
    history.note(session, change)
    return row


def _holder(session: Session, holder_id: str) -> HolderRow:
    row = holders.find(session, holder_id)
    if row is None:
        raise UnknownHolder(f"no right holder {holder_id!r} is stored", field="holder_id")
    return row


def _note(
    session: Session,
    row: RecordationRow,
    action: str,
    officer: str,
    reason: str | None,
    before: dict[str, Any] | None = None,
) -> None:
    session.flush()
    change = history.change(
        kind="recordation",
        object_id=row.id,
        action=action,
        officer=officer,
        revision=row.revision,
        before=before,
        after=repository.state_of(row),
        reason=reason,
    )
    history.note(session, change)


def _change_out(row: Any) -> ChangeOut:
    return ChangeOut(
        id=row.id,
        at=row.at,
        officer=row.officer,
        action=row.action,
        reason=row.reason,
        registry_revision=row.revision,
        before=row.before,
        after=row.after,
    )
