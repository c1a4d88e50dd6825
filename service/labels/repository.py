"""All queries on labels: what was decided and answered, whose words are excluded, which sets were imported."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from inference.parties import company_key
from service.audit import repository as audit
from service.audit.repository import Act
from service.identifiers import new_id
from service.labels.exclusions import Exclusions, Kind
from service.labels.statements import Box, Matter, Picture, Sighting, Spot, Voice, Word
from service.scans.declarations import Declaration
from service.scans.schemas import SuspicionOut
from service.tables import (
    AlertRow,
    DecisionRow,
    HolderWordRow,
    LabelExclusionRow,
    LabelSetRow,
    LabelTaskRow,
    MarkRow,
    ScanRow,
    ViewRow,
)

CHUNK = 200  # alerts in memory at a time
WITH_VIEWS = selectinload(ScanRow.views)


def note(session: Session, actor: str, action: str, subject: str, detail: dict[str, Any]) -> None:
    """Enter in the audit what happened to labels."""
    audit.append(session, Act(actor=actor, action=action, kind="labels", subject=subject, detail=detail))


def note_word(session: Session, alert: AlertRow, actor: str, detail: dict[str, Any]) -> None:
    """Enter in an alert's audit what the right holder answered: no decision, so other systems are not told."""
    told = {"office": alert.office, **detail}
    audit.append(session, Act(actor=actor, action="holder_answered", kind="alert", subject=alert.id, detail=told))


def matters(session: Session, since: datetime, until: datetime, office: str | None = None) -> Iterator[Matter]:
    """Alerts about which something was decided or answered from `since` until before `until`, by identifier.

    What another officer decided about the same goods without knowing belongs to the first one's alert.
    """
    ids = sorted(_touched(session, since, until, office))
    for start in range(0, len(ids), CHUNK):
        yield from _matters(session, ids[start : start + CHUNK], until)


def _touched(session: Session, since: datetime, until: datetime, office: str | None) -> set[str]:
    decided = select(AlertRow.id, AlertRow.double_of).join(DecisionRow, DecisionRow.alert_id == AlertRow.id)
    decided = decided.where(DecisionRow.decided_at >= since, DecisionRow.decided_at < until)
    worded = select(AlertRow.id, AlertRow.double_of).join(HolderWordRow, HolderWordRow.alert_id == AlertRow.id)
    worded = worded.where(HolderWordRow.at >= since, HolderWordRow.at < until)
    found = set[str]()
    for query in (decided, worded):
        here = query if office is None else query.where(AlertRow.office == office)
        found |= {row.double_of or row.id for row in session.execute(here).all()}
    return found


def _matters(session: Session, ids: Sequence[str], until: datetime) -> Iterator[Matter]:
    query = select(AlertRow).where(AlertRow.id.in_(ids)).options(joinedload(AlertRow.scan).options(WITH_VIEWS))
    rows = session.execute(query.order_by(AlertRow.id)).scalars().all()
    voices, words = _voices(session, ids, until), _words(session, ids, until)
    for row in rows:
        yield Matter(
            alert_id=row.id,
            office=row.office,
            station=row.station,
            mark_id=row.mark_id,
            holder=row.holder,
            injected=row.test_answer is not None,
            pictures=pictures_of(row.scan),
            sightings=tuple(_sighting(item) for item in row.sightings["items"]),
            voices=tuple(voices[row.id]),
            word=words.get(row.id),
        )


def _voices(session: Session, ids: Sequence[str], until: datetime) -> defaultdict[str, list[Voice]]:
    """Alert -> decisions on it, and on its double."""
    query = (
        select(DecisionRow, AlertRow.double_of, MarkRow.holder)
        .join(AlertRow, DecisionRow.alert_id == AlertRow.id)
        .outerjoin(MarkRow, DecisionRow.mark_id == MarkRow.mark_id)
        .where(or_(AlertRow.id.in_(ids), AlertRow.double_of.in_(ids)), DecisionRow.decided_at < until)
        .order_by(DecisionRow.id)
    )
    found: defaultdict[str, list[Voice]] = defaultdict(list)
    for row, double_of, holder in session.execute(query).all():
        found[double_of or row.alert_id].append(_voice(row, holder))
    return found


def _words(session: Session, ids: Sequence[str], until: datetime) -> dict[str, Word]:
    query = select(HolderWordRow).where(HolderWordRow.alert_id.in_(ids), HolderWordRow.at < until)
    return {
        row.alert_id: Word(answer=cast("Literal['infringing', 'genuine']", row.answer), entered_by=row.entered_by)
        for row in session.execute(query).scalars()
    }


def _voice(row: DecisionRow, holder: str | None) -> Voice:
    drawn = row.correction
    return Voice(
        decision_id=row.id,
        officer=row.officer,
        second=row.second if row.state == "standing" else None,
        action=row.action,
        state=row.state,
        named=row.mark_id,
        named_holder=holder,
        correction=None if drawn is None else Spot(view=int(drawn["view"]), box=_box(drawn["box"])),
        batch=row.batch is not None,
        decided_at=row.decided_at,
        effective_at=row.effective_at,
    )


def _sighting(item: dict[str, Any]) -> Sighting:
    seen = SuspicionOut.model_validate(item)
    return Sighting(
        spot=Spot(view=seen.view, box=seen.box),
        mark_id=seen.mark.mark_id,
        holder=seen.mark.holder,
        score=seen.score,
        candidates=frozenset(one.mark.mark_id for one in seen.candidates),
    )


def pictures_of(scan: ScanRow) -> tuple[Picture, ...]:
    """The views of a scan, in their order."""
    consignor = consignor_of(scan)
    return tuple(_picture(scan, view, consignor) for view in scan.views)


def _picture(scan: ScanRow, view: ViewRow, consignor: str) -> Picture:
    return Picture(
        scan_id=scan.id,
        view=view.position,
        sha256=view.sha256,
        media_type=view.media_type,
        width=view.width,
        height=view.height,
        name=view.name,
        modality="xray" if view.modality == "xray" else "photo",
        sidecar=view.sidecar,
        parcel=scan.parcel,
        consignor=consignor,
        station=scan.station,
        captured_at=scan.captured_at or scan.received_at,
    )


def consignor_of(scan: ScanRow) -> str:
    """One text for each consignor: its identifiers, or its name as companies are compared; empty if there is none."""
    declared = None if scan.declaration is None else Declaration.model_validate(scan.declaration).consignor
    if declared is None:
        return ""
    identifiers = sorted((item.type, item.value) for item in declared.identifiers)
    return json.dumps(identifiers) if identifiers else company_key(declared.name or "")


def answered(session: Session, since: datetime, until: datetime) -> Iterator[tuple[LabelTaskRow, ScanRow]]:
    """Tasks that were answered from `since` until before `until`, with their scans."""
    query = (
        select(LabelTaskRow, ScanRow)
        .join(ScanRow, LabelTaskRow.scan_id == ScanRow.id)
        .where(LabelTaskRow.state == "answered", LabelTaskRow.answered_at >= since, LabelTaskRow.answered_at < until)
        .options(WITH_VIEWS)
        .order_by(LabelTaskRow.id)
    )
    for row in session.execute(query).all():
        yield row[0], row[1]


def holders_of(session: Session, marks: Collection[str]) -> dict[str, str]:
    """Mark -> its right holder's name, of those that are known."""
    found: dict[str, str] = {}
    wanted = sorted(marks)
    for start in range(0, len(wanted), CHUNK):
        query = select(MarkRow.mark_id, MarkRow.holder).where(MarkRow.mark_id.in_(wanted[start : start + CHUNK]))
        found |= {row.mark_id: row.holder for row in session.execute(query).all()}
    return found


def exclusions(session: Session) -> Exclusions:
    """All that hold."""
    return Exclusions(reasons={(row.kind, row.subject): row.reason for row in excluded(session)})


def excluded(session: Session) -> Sequence[LabelExclusionRow]:
    """Those that hold, the oldest first."""
    query = select(LabelExclusionRow).where(LabelExclusionRow.lifted_at.is_(None))
    return session.execute(query.order_by(LabelExclusionRow.id)).scalars().all()


def exclusion_of(session: Session, kind: Kind, subject: str) -> LabelExclusionRow | None:
    """The one that holds for a subject, or None."""
    query = select(LabelExclusionRow).where(
        LabelExclusionRow.kind == kind, LabelExclusionRow.subject == subject, LabelExclusionRow.lifted_at.is_(None)
    )
    return session.execute(query.limit(1)).scalar_one_or_none()


def exclude(session: Session, kind: Kind, subject: str, reason: str, by: str, at: datetime) -> LabelExclusionRow:
    """Learn nothing more from it."""
    row = LabelExclusionRow(id=new_id("exclusion"), kind=kind, subject=subject, reason=reason, excluded_by=by, at=at)
    session.add(row)
    session.flush()
    return row


def lift(session: Session, exclusion_id: str, by: str, at: datetime) -> bool:
    """Learn from it again; False if it is not excluded (any more)."""
    holds = (LabelExclusionRow.id == exclusion_id) & LabelExclusionRow.lifted_at.is_(None)
    statement = update(LabelExclusionRow).where(holds).values(lifted_by=by, lifted_at=at)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def word(session: Session, alert_id: str) -> HolderWordRow | None:
    """What the right holder answered about an alert, or None."""
    return session.get(HolderWordRow, alert_id)


def sets(session: Session, until: datetime | None = None) -> Sequence[LabelSetRow]:
    """Imported sets, the oldest first; those that were there before `until`."""
    query = select(LabelSetRow).order_by(LabelSetRow.id)
    if until is not None:
        query = query.where(LabelSetRow.at < until)
    return session.execute(query).scalars().all()


def _box(edges: Sequence[float]) -> Box:
    x1, y1, x2, y2 = edges
    return float(x1), float(y1), float(x2), float(y2)
