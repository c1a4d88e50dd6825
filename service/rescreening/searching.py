"""One pass through what one embedder saw: one core reads while the other compares."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from inference.archive import Fact, stacked
from inference.archive_search import Candidates, Rates, candidates, scores_of, similarities_of
from inference.vocabulary import Modality
from service.archive import repository as archive
from service.archive.kept import Kept
from service.archive.repository import Window
from service.rescreening import repository
from service.rescreening.filed import Filed
from service.rescreening.repository import Past, Sighting
from service.scans.thresholds import Thresholds

Place = tuple[str, int]  # scan and view


@dataclass(frozen=True, kw_only=True)
class Bars:
    """From which score a sighting is told: as an inspection would, or from `least` on, if that is given."""

    modality: Modality
    shipped: float  # the inspector's own threshold
    thresholds: Thresholds
    least: float | None = None

    def lowest(self, mark_id: str) -> float:
        """Below it a mark is told at no station."""
        if self.least is not None:
            return self.least
        stations = min(self._at(station) for station in ("", *self.thresholds.stations))
        return max(stations, self.thresholds.of_mark(mark_id))

    def of(self, mark_id: str, station: str) -> float:
        """From where on a mark is told at a station."""
        return self.least if self.least is not None else max(self._at(station), self.thresholds.of_mark(mark_id))

    def _at(self, station: str) -> float:
        own = self.thresholds.at(station)
        given = own.photo if self.modality == "photo" else own.xray
        return self.shipped if given is None else given


@dataclass(frozen=True, kw_only=True)
class _Batch:
    """The candidates of each mark among views that were read together; `owners` says of which view each is."""

    rows: Sequence[Kept]
    owners: NDArray[np.intp]
    found: list[tuple[Filed, Candidates]]
    detections: int
    damaged: int


class Search:
    """Looks for filed marks among what one embedder saw in past scans."""

    def __init__(
        self, *, embedder: str, filed: Sequence[Filed], rates: Rates, bars: Bars, office: str | None = None
    ) -> None:
        """`filed` are the marks, at least one, as `embedder` (a sha256) sees them; `office` None means all of them."""
        self.embedder, self.mark_ids = embedder, [one.mark_id for one in filed]
        self._filed, self._rates, self._bars, self._office = filed, rates, bars, office
        self._vectors = np.concatenate([one.vectors for one in filed])  # (v, d)
        self.detections = 0  # compared so far
        self.damaged = 0  # views whose rows made no sense, and were left out
        self._holders: dict[str, str | None] = {}  # right holders of marks, as far as they were asked for

    def sightings(self, session: Session, window: Window, moved: Callable[[int], None]) -> Iterator[Sighting]:
        """All places that are like the marks; `moved` is told how many views were looked through."""
        done = 0
        with ThreadPoolExecutor(1, thread_name_prefix="rescreening") as beside:
            pending = None
            for rows in archive.read(session, self.embedder, window):
                following = beside.submit(self._compared, rows)
                if pending is not None:
                    yield from self._settled(session, pending.result())
                pending = following
                done += len(rows)
                moved(done)
            if pending is not None:
                yield from self._settled(session, pending.result())

    def _compared(self, rows: Sequence[Kept]) -> _Batch:
        stack = stacked([(row.detections, row.vectors, row.facts) for row in rows], self._vectors.shape[1])
        found = []
        if len(stack.seen):
            cosines = similarities_of(stack.seen, self._vectors)
            start = 0
            for one in self._filed:
                own = cosines[:, start : start + len(one.vectors)]
                start += len(one.vectors)
                least = self._bars.lowest(one.mark_id)
                some = candidates(stack.seen, own, one.vectors, self._rates, least)
                if len(some.places):
                    found.append((one, some))
        return _Batch(rows=rows, owners=stack.views, found=found, detections=len(stack.seen), damaged=stack.damaged)

    def _settled(self, session: Session, batch: _Batch) -> Iterator[Sighting]:
        """The sightings among candidates, once it is known whose the scans and who the rivals are."""
        self.detections += batch.detections
        self.damaged += batch.damaged
        if not batch.found:
            return
        views = np.unique(np.concatenate([batch.owners[some.places] for _, some in batch.found]))
        places = {int(view): (batch.rows[view].scan_id, batch.rows[view].view) for view in views}
        scans = repository.inspected(session, {scan_id for scan_id, _ in places.values()}, self._office)
        marks = archive.marks_of(session, self.embedder, scans)
        self._learn(session, {mark_id for own in marks.values() for pair in own for mark_id in pair})
        firsts = np.searchsorted(batch.owners, np.arange(len(batch.rows)))  # of each view, its first detection
        for one, some in batch.found:
            owners = batch.owners[some.places]
            ranks = (some.places - firsts[owners]).tolist()
            at = [places[int(view)] for view in owners]
            own = np.array(
                [self._own(one.holder, marks.get(place), rank) for place, rank in zip(at, ranks, strict=True)]
            )
            scores = scores_of(some, own, one.vectors, self._rates)
            yield from self._told(one.mark_id, some, scores.tolist(), at, scans)

    def _own(self, holder: str, marks: Sequence[Sequence[str]] | None, rank: int) -> tuple[bool, bool]:
        """Whether the two matches that were kept of a detection are of this right holder."""
        kept = marks[rank] if marks is not None and rank < len(marks) else ()
        first, second, *_ = (*(self._holders.get(mark_id) == holder for mark_id in kept), False, False)
        return first, second

    def _learn(self, session: Session, mark_ids: Collection[str]) -> None:
        unknown = set(mark_ids) - self._holders.keys()
        if unknown:
            self._holders |= {**dict.fromkeys(unknown), **repository.holders_of(session, unknown)}

    def _told(
        self, mark_id: str, some: Candidates, scores: Sequence[float], at: Sequence[Place], scans: dict[str, Past]
    ) -> Iterator[Sighting]:
        boxes = some.seen.facts[:, [Fact.X1, Fact.Y1, Fact.X2, Fact.Y2]].tolist()
        for score, box, (scan_id, view) in zip(scores, boxes, at, strict=True):
            past = scans.get(scan_id)
            if past is None or not score >= self._bars.of(mark_id, past.station):  # also for nan
                continue
            yield Sighting(
                scan_id=scan_id,
                view=view,
                mark_id=mark_id,
                score=round(score, 4),
                box={"box": [round(edge, 1) for edge in box]},
                at=past.at,
                station=past.station,
            )
