"""What is known of a parcel before anybody looks at it: what officers said when it was here before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from inference.vocabulary import Decision
from service.tables import AlertRow, DecisionRow

SINCE = timedelta(days=90)  # numbers are used again: S10 numbers not within 12 months, others as their carrier likes
STOPS = ("hold", "suspend")
ALERTS = cast("Table", AlertRow.__table__)
BEFORE = (  # built once: each scan asks it
    select(ALERTS.c.id, ALERTS.c.status, ALERTS.c.title)
    .where(
        ALERTS.c.office == bindparam("office"),
        ALERTS.c.parcel == bindparam("parcel"),
        ALERTS.c.test_answer.is_(None),
        ALERTS.c.created_at > bindparam("since"),
        ALERTS.c.scan_id != bindparam("but"),
    )
    .order_by(ALERTS.c.id.desc())
)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What follows for the parcel, and why."""

    decision: Decision
    code: str
    text: str


def known_parcel(session: Session, office: str, parcel: str, now: datetime, *, but: str | None = None) -> Known | None:
    """What an earlier scan of the parcel in this office says about it at `now`; not the scan `but`. None: nothing."""
    wanted = {"office": office, "parcel": parcel, "since": now - SINCE, "but": but or ""}
    rows = session.execute(BEFORE, wanted).all()
    if not rows:
        return None
    stopped = select(DecisionRow.action).where(
        DecisionRow.alert_id.in_([row.id for row in rows]),
        DecisionRow.state.in_(("standing", "proposed")),
        DecisionRow.action.in_(STOPS),
    )
    action = session.execute(stopped.limit(1)).scalar_one_or_none()
    if action is not None:
        return Known(decision="hold", code="stopped_before", text=f"An officer decided {action!r} for this parcel.")
    waiting = next((row for row in rows if row.status == "open"), None)
    if waiting is None:
        return None
    text = f"A suspicion about this parcel ({waiting.title}) waits for an officer."
    return Known(decision="divert", code="suspicion_open", text=text)
