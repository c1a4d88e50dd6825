"""Known answers mixed in among the alerts, so that officers stay watchful and learn how they do.

Threat image projection is what screeners know it as; its pictures must look like all others (domain research: a third
of real ones did not), so a test is a photograph that the same models looked at, with the sightings that they saw. It
is told to be one after the decision only. Its decisions are flagged and count in no hit rate; it is no case data.
"""

import secrets
import string
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from service.alerts import repository
from service.alerts.errors import NothingSeen
from service.alerts.rules import ReviewRules
from service.alerts.schemas import Action
from service.alerts.tiers import urgency
from service.database import Database
from service.identifiers import new_id
from service.scans.declarations import Declaration
from service.scans.repository import NewView
from service.scans.schemas import SuspicionOut, VerdictOut
from service.tables import AlertRow, ScanRow, TestParcelRow, ViewRow

VIEW = ("sha256", "media_type", "width", "height", "size", "modality")
Answer = Literal["confirmed", "unconfirmed"]
Chance = Callable[[], float]  # from 0 to 1


def _chance() -> float:
    return secrets.SystemRandom().random()


def copied(view: ViewRow) -> dict[str, Any]:
    """A view as another scan may have it, without the names the device gave it."""
    return asdict(NewView(**{name: getattr(view, name) for name in VIEW}))


class Injector:
    """Mixes tests in at a set rate."""

    def __init__(self, *, rules: ReviewRules, chance: Chance = _chance) -> None:
        self._rules, self._chance = rules, chance

    def perhaps(self, session: Session, beside: ScanRow) -> str | None:
        """Beside a real alert of a scan, now and then, raise a test in the same office. Returns its alert, or None."""
        if self._rules.test_rate == 0 or self._chance() >= self._rules.test_rate:
            return None
        row = _next(session, beside.office)
        return None if row is None else self._raise(session, row, beside)

    def double(self, session: Session, row: AlertRow, action: Action, officer: str) -> str | None:
        """Now and then have a settled alert decided again by another officer, who does not know. Returns it, or None.

        The copy is a test whose answer is what the first officer said; that officer has nothing to do with it.
        """
        answer = self._rules.outcomes[action].settles
        if answer is None or row.test_answer is not None or self._rules.double_rate == 0:
            return None
        if (copy := _copy_of(session, row.id)) is not None:  # decided again after an undo: what is compared follows
            copy.test_answer = answer if copy.status == "open" else copy.test_answer
            return copy.id
        if self._chance() >= self._rules.double_rate:
            return None
        scan = row.scan
        document = {
            "views": [copied(view) for view in scan.views],
            "declaration": scan.declaration,
            "verdict": scan.verdict,
            "sightings": row.sightings["items"],
        }
        again = TestParcelRow(id="", office=row.office, answer=answer, document=document, shown=0)
        made = self._raise(session, again, scan, double_of=row.id)
        repository.recuse(session, made, officer, "decided it the first time", datetime.now(UTC))
        return made

    def _raise(self, session: Session, row: TestParcelRow, beside: ScanRow, double_of: str | None = None) -> str:
        now, document = datetime.now(UTC), row.document
        sightings = [SuspicionOut.model_validate(item) for item in document["sightings"]]
        scan = ScanRow(
            id=new_id("scan"),
            office=beside.office,
            station=beside.station,
            parcel=_like(beside.parcel),
            views_digest=secrets.token_hex(32),
            captured_at=now,
            declaration=document["declaration"],
            state="done",
            attempts=1,
            received_at=now,
            inspected_at=now,
            verdict=document["verdict"],
        )
        scan.views = [ViewRow(position=number, **view) for number, view in enumerate(document["views"])]
        session.add(scan)
        session.flush()
        verdict = VerdictOut.model_validate(document["verdict"])
        declaration = None if scan.declaration is None else Declaration.model_validate(scan.declaration)
        urgent = urgency(self._rules, sightings, now)
        known = {"test_answer": row.answer, "double_of": double_of}
        alert = repository.add(session, scan, verdict, sightings, urgent, declaration, **known)
        session.execute(update(TestParcelRow).where(TestParcelRow.id == row.id).values(shown=TestParcelRow.shown + 1))
        return alert


class TestLibrary:
    """The parcels whose answers are known."""

    __test__ = False  # no test of pytest's

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        views: Sequence[NewView],
        verdict: VerdictOut,
        answer: Answer,
        *,
        declaration: Declaration | None = None,
        office: str | None = None,
    ) -> str:
        """Keep what was seen as a test. Raises NothingSeen if it was nothing: it could not be shown."""
        seen = [item for item in verdict.suspicions if item.outcome == "suspected"]
        if not seen:
            raise NothingSeen(f"on {len(views)} photographs", field="views")
        document: dict[str, Any] = {
            "views": [asdict(view) for view in views],
            "declaration": None if declaration is None else declaration.model_dump(mode="json"),
            "verdict": verdict.model_dump(mode="json"),
            "sightings": [item.model_dump(mode="json") for item in seen if item.mark.holder == seen[0].mark.holder],
        }
        row = TestParcelRow(
            id=new_id("test"),
            office=office,
            answer=answer,
            document=document,
            shown=0,
            created_at=datetime.now(UTC),
        )
        with self._database.write() as session:
            session.add(row)
        return row.id

    def list(self) -> Sequence[TestParcelRow]:
        """All of them, oldest first."""
        with self._database.read() as session:
            return session.execute(select(TestParcelRow).order_by(TestParcelRow.id)).scalars().all()


def _next(session: Session, office: str) -> TestParcelRow | None:
    """The one that was shown least often."""
    wanted = or_(TestParcelRow.office.is_(None), TestParcelRow.office == office)
    query = select(TestParcelRow).where(wanted).order_by(TestParcelRow.shown, TestParcelRow.id).limit(1)
    return session.execute(query).scalar_one_or_none()


def _copy_of(session: Session, alert_id: str) -> AlertRow | None:
    return session.execute(select(AlertRow).where(AlertRow.double_of == alert_id)).scalar_one_or_none()


def _like(parcel: str) -> str:
    """A parcel number of the same form as a real one."""
    return "".join(secrets.choice(string.digits) if letter.isdigit() else letter for letter in parcel)
