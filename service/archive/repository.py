"""All queries on what past scans held.

A view of seven detections (d = 256) takes about 2.1 KB of vectors and facts and 0.3 KB around them; a page of SQLite
holds one of them, so a million detections are 0.6 GB there, and 0.4 GB in PostgreSQL.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from inference.archive import Fact, facts_of
from inference.vocabulary import Modality
from service.archive.kept import Holding, Kept, Marked
from service.archive.streaming import streamed
from service.registry.repository import chunks
from service.scans.modalities import as_modality
from service.tables import ScanRow, SeenViewRow, ViewRow

SEEN = cast("Table", SeenViewRow.__table__)
SCANS, VIEWS = cast("Table", ScanRow.__table__), cast("Table", ViewRow.__table__)
STORE = insert(SEEN)  # built once: each verdict stores some
AT_ONCE = 2000  # views read together: some 4 MB


@dataclass(frozen=True, kw_only=True)
class Window:
    """Which moments count: scans received since one (included), until another (not); open where None."""

    since: datetime | None = None
    until: datetime | None = None


ALWAYS = Window()


@dataclass(frozen=True, kw_only=True)
class Best:
    """The strongest match of one view: what decided whether it was suspected."""

    scan_id: str
    view: int
    office: str
    station: str
    modality: Modality
    at: datetime
    mark_id: str
    score: float  # 0..1
    detection: float  # the detector's score, 0..1


def within(moment: ColumnElement[datetime], window: Window) -> ColumnElement[bool]:
    """Whether a column of moments is in a window."""
    since = [] if window.since is None else [moment >= window.since]
    until = [] if window.until is None else [moment < window.until]
    return and_(True, *since, *until)


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep views, given as values of `SeenViewRow`."""
    if rows:
        session.execute(STORE, rows)


def replace(session: Session, scan_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Keep views of a scan instead of those that the same embedders saw before."""
    embedders = sorted({row["embedder"] for row in rows})
    session.execute(delete(SeenViewRow).where(SeenViewRow.scan_id == scan_id, SeenViewRow.embedder.in_(embedders)))
    add(session, rows)


def count(session: Session, embedder: str, window: Window = ALWAYS) -> int:
    """How many views of an embedder there are."""
    return session.execute(select(func.count()).where(_of(embedder, window))).scalar_one()


def read(session: Session, embedder: str, window: Window = ALWAYS, at_once: int = AT_ONCE) -> Iterator[Sequence[Kept]]:
    """The views of an embedder with something on them, some thousand at a time, in no order: sorting them is dear."""
    detections = SEEN.c["count"].label("detections")
    columns = select(SEEN.c.scan_id, SEEN.c.view, detections, SEEN.c.vectors, SEEN.c.facts)
    query = columns.where(_of(embedder, window), SEEN.c["count"] > 0)
    yield from cast("Iterator[Sequence[Kept]]", streamed(session, query, at_once))


def read_marks(session: Session, embedder: str, window: Window = ALWAYS) -> Iterator[Sequence[Marked]]:
    """The views of an embedder in inspected scans, also those with nothing on them, some thousand at a time."""
    columns = (SEEN.c.scan_id, SEEN.c.view, SEEN.c.facts, SEEN.c.marks, SCANS.c.station, SCANS.c.received_at)
    query = select(*columns).join(SCANS, SCANS.c.id == SEEN.c.scan_id)
    wanted = query.where(_of(embedder, window), SCANS.c.state == "done")
    yield from cast("Iterator[Sequence[Marked]]", streamed(session, wanted, AT_ONCE))


def marks_of(session: Session, embedder: str, scan_ids: Collection[str]) -> dict[tuple[str, int], list[list[str]]]:
    """(scan, view) -> per detection, the mark of its best match and that of the likest other."""
    found: dict[tuple[str, int], list[list[str]]] = {}
    for keys in chunks(sorted(scan_ids)):
        # Not also by embedder: SQLite would then go through all that it has of that one.
        query = select(SEEN.c.scan_id, SEEN.c.view, SEEN.c.embedder, SEEN.c.marks).where(SEEN.c.scan_id.in_(keys))
        found |= {(scan_id, view): marks for scan_id, view, by, marks in session.execute(query) if by == embedder}
    return found


def best_scores(
    session: Session, window: Window, embedders: Sequence[str], office: str | None = None
) -> Iterator[Best]:
    """Per view, its strongest match, as these embedders saw it, in no order; views without a match are left out.

    By them can be said what a past week would have been like with another threshold.
    """
    scan = (SCANS.c.office, SCANS.c.station, SCANS.c.received_at)
    columns = select(SEEN.c.scan_id, SEEN.c.view, SEEN.c.facts, SEEN.c.marks, *scan, VIEWS.c.modality)
    joined = columns.join(SCANS, SCANS.c.id == SEEN.c.scan_id).join(VIEWS, _same_view())
    wanted = [SEEN.c.embedder.in_(embedders), within(SEEN.c.at, window), SEEN.c["count"] > 0, SCANS.c.state == "done"]
    if office is not None:
        wanted.append(SCANS.c.office == office)
    for rows in streamed(session, joined.where(*wanted), AT_ONCE):
        yield from (best for row in rows if (best := _best(row)) is not None)


def holdings(session: Session) -> list[Holding]:
    """What is kept, by embedder."""
    size = func.sum(func.length(SEEN.c.vectors) + func.length(SEEN.c.facts))
    extent = (func.min(SEEN.c.at), func.max(SEEN.c.at))
    columns = (SEEN.c.embedder, func.count(), func.sum(SEEN.c["count"]), *extent, size)
    rows = session.execute(select(*columns).group_by(SEEN.c.embedder).order_by(SEEN.c.embedder))
    return [
        Holding(embedder=one, views=views, detections=int(seen), first=first, last=last, size=int(room))
        for one, views, seen, first, last, room in rows
    ]


def embedders(session: Session) -> Sequence[str]:
    """All embedders of which something is kept."""
    return session.execute(select(SEEN.c.embedder).distinct()).scalars().all()


def forget_before(session: Session, embedder: str, moment: datetime, limit: int = AT_ONCE) -> int:
    """Forget up to `limit` views of an embedder in scans that were received before a moment. Returns how many."""
    key = (SEEN.c.scan_id, SEEN.c.view, SEEN.c.embedder)
    old = select(*key).where(_of(embedder, Window(until=moment))).order_by(SEEN.c.at).limit(limit)
    gone = session.execute(delete(SEEN).where(tuple_(*key).in_(old)))
    return cast("CursorResult[Any]", gone).rowcount


def stale_count(
    session: Session, embedders: Mapping[Modality, str], window: Window = ALWAYS, office: str | None = None
) -> int:
    """How many inspected scans have a view that the embedder of its modality has not seen."""
    return session.execute(select(func.count()).select_from(_stale(embedders, window, office).subquery())).scalar_one()


def stale(
    session: Session,
    embedders: Mapping[Modality, str],
    window: Window = ALWAYS,
    office: str | None = None,
    *,
    before: str | None,
    limit: int,
) -> Sequence[str]:
    """Up to `limit` of these scans, the newest first, older than the scan `before`."""
    query = _stale(embedders, window, office)
    if before is not None:
        query = query.where(SCANS.c.id < before)
    return session.execute(query.order_by(SCANS.c.id.desc()).limit(limit)).scalars().all()


def _stale(embedders: Mapping[Modality, str], window: Window, office: str | None) -> Select[str]:
    conditions = [SCANS.c.state == "done", within(SCANS.c.received_at, window)]
    if office is not None:
        conditions.append(SCANS.c.office == office)
    unseen = [
        exists().where(VIEWS.c.scan_id == SCANS.c.id, VIEWS.c.modality == modality, ~_seen_by(embedder))
        for modality, embedder in embedders.items()
    ]
    return select(SCANS.c.id).where(*conditions, or_(False, *unseen))


def _seen_by(embedder: str) -> ColumnElement[bool]:
    return exists().where(_same_view(), SEEN.c.embedder == embedder)


def _same_view() -> ColumnElement[bool]:
    return and_(VIEWS.c.scan_id == SEEN.c.scan_id, VIEWS.c.position == SEEN.c.view)


def _of(embedder: str, window: Window) -> ColumnElement[bool]:
    return and_(SEEN.c.embedder == embedder, within(SEEN.c.at, window))


def _best(row: Any) -> Best | None:
    facts = facts_of(row.facts)
    if len(facts) != len(row.marks):
        return None  # damaged
    scores = [float(score) if own else -1.0 for score, own in zip(facts[:, Fact.SCORE], row.marks, strict=True)]
    place = scores.index(max(scores))
    if not row.marks[place]:
        return None
    return Best(
        scan_id=row.scan_id,
        view=row.view,
        office=row.office,
        station=row.station,
        modality=as_modality(row.modality),
        at=row.received_at,
        mark_id=row.marks[place][0],
        score=scores[place],
        detection=float(facts[place, Fact.DETECTION]),
    )
