"""All queries on alerts and what is decided about them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Table, Update, bindparam, select, update
from sqlalchemy.orm import Session, joinedload

from service.alerts.grouping import group_of
from service.alerts.tiers import Urgency
from service.audit import repository as audit
from service.audit.repository import Act
from service.events.telling import alert_happened
from service.identifiers import new_id
from service.scans.declarations import Declaration
from service.scans.schemas import SuspicionOut, VerdictOut
from service.tables import AlertRow, DecisionRow, RecusalRow, ScanRow

ALERTS = cast("Table", AlertRow.__table__)
OF_SCAN = (
    select(ALERTS.c.id).where(ALERTS.c.scan_id == bindparam("scan_id")).order_by(ALERTS.c.score.desc(), ALERTS.c.id)
)


def add(
    session: Session,
    scan: ScanRow,
    verdict: VerdictOut,
    sightings: Sequence[SuspicionOut],
    urgent: Urgency,
    declaration: Declaration | None,
    *,
    test_answer: str | None = None,
    double_of: str | None = None,
) -> str:
    """Raise an alert for the right holder of a verdict's `sightings`, strongest first. Returns its identifier."""
    best, now = sightings[0], datetime.now(UTC)
    group = group_of(declaration, best.mark.mark_id, now)
    row = AlertRow(
        id=new_id("alert"),
        scan_id=scan.id,
        office=scan.office,
        station=scan.station,
        parcel=scan.parcel,
        mark_id=best.mark.mark_id,
        title=best.mark.title,
        holder=best.mark.holder,
        score=best.score,
        status="open",
        tier=urgent.tier,
        priority=urgent.priority,
        due_at=urgent.due_at,
        group_key=group,
        test_answer=test_answer,
        double_of=double_of,
        leads=group is None or not _led(session, scan.office, group),
        recordation_id=None if best.recordation is None else best.recordation.id,
        snapshot=verdict.model_dump(mode="json", include={"snapshot", "threshold", "models"}),
        sightings={"items": [item.model_dump(mode="json") for item in sightings]},
        created_at=now,
    )
    session.add(row)
    note(session, row, f"station {scan.station}", "raised", {"tier": urgent.tier, "scan": scan.id})
    return row.id


def note(session: Session, row: AlertRow, actor: str, action: str, detail: dict[str, Any]) -> None:
    """Enter in the audit what happened to an alert; who follows the worklist learns of it from there."""
    act = Act(actor=actor, action=action, kind="alert", subject=row.id, detail={"office": row.office, **detail})
    audit.append(session, act)
    alert_happened(session, row, actor, action, detail)


def of_scan(session: Session, scan_id: str) -> Sequence[str]:
    """Identifiers of a scan's alerts, strongest first."""
    return session.execute(OF_SCAN, {"scan_id": scan_id}).scalars().all()


def find(session: Session, alert_id: str, *, within: str | None = None) -> AlertRow | None:
    """The alert with its decision, or None; also None if it is of another office than `within`."""
    query = select(AlertRow).where(AlertRow.id == alert_id).options(joinedload(AlertRow.decision))
    if within is not None:
        query = query.where(AlertRow.office == within)
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def page(
    session: Session,
    *,
    within: str | None,
    status: str | None,
    station: str | None,
    holder: str | None,
    before: str | None,
    limit: int,
) -> Sequence[AlertRow]:
    """Up to `limit` alerts, newest first, older than the alert `before`."""
    query = select(AlertRow).options(joinedload(AlertRow.decision)).order_by(AlertRow.id.desc()).limit(limit)
    wanted = (
        (AlertRow.office, within),
        (AlertRow.status, status),
        (AlertRow.station, station),
        (AlertRow.holder, holder),
    )
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(AlertRow.id < before)
    return session.execute(query).scalars().all()


def turn(session: Session, alert_id: str, was: str, becomes: str) -> bool:
    """Change an alert's status; False if it is not (any more) what it was. A decided one is no longer claimed."""
    changes: dict[str, Any] = {"status": becomes}
    if was == "open":
        changes |= {"claimed_by": None, "claimed_at": None, "claim_until": None}
    statement = update(AlertRow).where(AlertRow.id == alert_id, AlertRow.status == was).values(**changes)
    return _changed(session, statement)


def claim(session: Session, alert_id: str, officer: str, now: datetime, until: datetime) -> bool:
    """Claim an open alert that nobody else holds, or hold it longer; False if it cannot be had."""
    free = (AlertRow.claimed_by.is_(None)) | (AlertRow.claimed_by == officer) | (AlertRow.claim_until <= now)
    statement = update(AlertRow).where(AlertRow.id == alert_id, AlertRow.status == "open", free)
    return _changed(session, statement.values(claimed_by=officer, claimed_at=now, claim_until=until))


def unclaim(session: Session, alert_id: str, officer: str) -> bool:
    """Give up an officer's claim; False if there is none."""
    statement = update(AlertRow).where(AlertRow.id == alert_id, AlertRow.claimed_by == officer)
    return _changed(session, statement.values(claimed_by=None, claimed_at=None, claim_until=None))


def turn_decision(session: Session, decision_id: str, was: str, **changes: Any) -> bool:
    """Change a decision that is still what it was; False if it is not."""
    return _changed(
        session,
        update(DecisionRow).where(DecisionRow.id == decision_id, DecisionRow.state == was).values(**changes),
    )


def together(session: Session, decision: DecisionRow) -> Sequence[DecisionRow]:
    """The decisions that stand or are proposed of one batch, with their alerts; of a single one, itself."""
    query = select(DecisionRow).options(joinedload(DecisionRow.alert))
    if decision.batch is None:
        query = query.where(DecisionRow.id == decision.id)
    else:
        query = query.where(DecisionRow.batch == decision.batch, DecisionRow.state.in_(("standing", "proposed")))
    return session.execute(query.order_by(DecisionRow.id)).scalars().all()


def open_of_group(session: Session, row: AlertRow) -> Sequence[AlertRow]:
    """The other open alerts of the same consignor, mark and day."""
    if row.group_key is None:
        return ()
    query = select(AlertRow).where(
        AlertRow.office == row.office,
        AlertRow.group_key == row.group_key,
        AlertRow.status == "open",
        AlertRow.id != row.id,
    )
    return session.execute(query.order_by(AlertRow.id)).scalars().all()


def hand_on_lead(session: Session, row: AlertRow) -> None:
    """See that one open alert of a group stands for it in the worklist."""
    if row.group_key is None:
        return
    session.execute(update(AlertRow).where(AlertRow.id == row.id).values(leads=True))
    if row.status == "open":
        _follow(session, row, row.id)
        return
    heirs = open_of_group(session, row)
    if heirs and not any(heir.leads for heir in heirs):
        first = min(heirs, key=lambda heir: (heir.tier, heir.due_at, heir.priority, heir.id))
        session.execute(update(AlertRow).where(AlertRow.id == first.id).values(leads=True))


def recuse(session: Session, alert_id: str, officer: str, reason: str, at: datetime) -> None:
    """The officer has nothing to do with the alert from now on."""
    session.merge(RecusalRow(alert_id=alert_id, officer=officer, reason=reason, at=at))


def recused(session: Session, alert_id: str, officer: str) -> bool:
    """Whether the officer has nothing to do with the alert."""
    return session.get(RecusalRow, (alert_id, officer)) is not None


def _led(session: Session, office: str, group: str) -> bool:
    query = select(AlertRow.id).where(
        AlertRow.office == office, AlertRow.group_key == group, AlertRow.status == "open", AlertRow.leads
    )
    return session.execute(query.limit(1)).first() is not None


def _follow(session: Session, row: AlertRow, lead: str) -> None:
    others = update(AlertRow).where(
        AlertRow.office == row.office,
        AlertRow.group_key == row.group_key,
        AlertRow.status == "open",
        AlertRow.id != lead,
    )
    session.execute(others.values(leads=False))


def _changed(session: Session, statement: Update) -> bool:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1
