"""After a change of models: of which past scans would they say something else? By what they saw of them again.

Views are told apart, as an inspection judges them: what several views only say together is not counted.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from inference.archive import Fact, facts_of
from inference.vocabulary import Modality
from service.archive import repository as archive
from service.archive.kept import Marked
from service.database import Database
from service.rescreening import repository
from service.rescreening.errors import Stopped
from service.rescreening.repository import Sighting
from service.rescreening.schemas import ChangesOptions, iso, options_of
from service.rescreening.searching import Bars
from service.rescreening.service import Moved, Stopping
from service.rescreening.telling import told
from service.scans.eyes import Eyes

Holders = dict[str, Sighting]  # right holder -> the strongest sighting of its marks in one scan


class VerdictChanges:
    """Runs jobs of kind `changes`; what it finds is kept as hits, those that are lost with `"lost": true`."""

    def __init__(self, *, database: Database, champion: Callable[[], Eyes]) -> None:
        self._database, self._champion = database, champion

    def run(self, job_id: str, options: dict[str, Any], moved: Moved, stopped: Stopping) -> dict[str, Any]:
        """Compare what the models at work saw on past scans with the verdicts that were given.

        Returns how many scans gain or lose a suspicion. Raises InvalidRequest, Stopped.
        """
        asked, eyes = options_of(ChangesOptions, options), self._champion()
        with self._database.read() as session:
            seen = _seen_now(session, eyes, asked, lambda: _check(stopped))
            gained, lost, compared = [], [], 0
            past = repository.suspected(session, asked.window, asked.office)
            for number, (scan_id, station, at, verdict) in enumerate(past):
                if number % 1000 == 0:
                    _check(stopped)
                    moved("compare", number, None)
                if scan_id in seen.looked:
                    compared += 1
                    before, now = _before(scan_id, station, at, verdict), seen.found.get(scan_id, {})
                    gained += [one for holder, one in now.items() if holder not in before]
                    lost += [one for holder, one in before.items() if holder not in now]
        with self._database.write() as session:
            repository.keep(session, job_id, [*gained, *lost])
        return {
            "since": iso(asked.since),
            "until": iso(asked.until),
            "office": asked.office,
            **told([*gained, *lost]),
            "compared": compared,
            "gained": len({one.scan_id for one in gained}),
            "lost": len({one.scan_id for one in lost}),
        }


class _Seen:
    """What the models at work saw: on which scans they looked, and what reaches its threshold there."""

    def __init__(self) -> None:
        self.looked: set[str] = set()
        self.found: defaultdict[str, Holders] = defaultdict(dict)

    def note(self, holder: str, one: Sighting) -> None:
        """A sighting of a right holder's mark."""
        known = self.found[one.scan_id].get(holder)
        if known is None or one.score > known.score:
            self.found[one.scan_id][holder] = one


def _check(stopped: Stopping) -> None:
    if stopped():
        raise Stopped("nothing was kept")


def _seen_now(session: Session, eyes: Eyes, asked: ChangesOptions, alive: Callable[[], None]) -> _Seen:
    seen, holders = _Seen(), dict[str, str]()
    for modality, inspector in (("photo", eyes.photo), ("xray", eyes.xray)):
        if inspector is None:
            continue
        bars = _bars(modality, inspector.threshold, eyes)
        for rows in archive.read_marks(session, inspector.embedder.sha256, asked.window):
            alive()
            seen.looked |= {row.scan_id for row in rows}
            found = [one for row in rows for one in _sightings(row, bars)]
            unknown = {one.mark_id for one in found} - holders.keys()
            holders |= repository.holders_of(session, unknown)
            for one in found:
                seen.note(holders.get(one.mark_id, one.mark_id), one)
    return seen


def _bars(modality: Modality | str, shipped: float, eyes: Eyes) -> Bars:
    return Bars(modality="xray" if modality == "xray" else "photo", shipped=shipped, thresholds=eyes.thresholds)


def _sightings(row: Marked, bars: Bars) -> Iterator[Sighting]:
    """The detections of a view whose best match reaches its threshold."""
    facts = facts_of(row.facts)
    for fact, marks in zip(facts, row.marks, strict=False):
        score = float(fact[Fact.SCORE])
        if marks and score >= bars.of(marks[0], row.station):
            yield Sighting(
                scan_id=row.scan_id,
                view=row.view,
                mark_id=marks[0],
                score=round(score, 4),
                box={"box": [round(float(edge), 1) for edge in fact[: Fact.Y2 + 1]]},
                at=row.received_at,
                station=row.station,
            )


def _before(scan_id: str, station: str, at: datetime, verdict: dict[str, Any] | None) -> Holders:
    """Right holder -> its strongest suspicion in a stored verdict, as one that is lost."""
    before: Holders = {}
    for item in (verdict or {}).get("suspicions", []):  # strongest first
        one = Sighting(
            scan_id=scan_id,
            view=item["view"],
            mark_id=item["mark"]["mark_id"],
            score=item["score"],
            box={"box": item["box"], "lost": True},
            at=at,
            station=station,
        )
        before.setdefault(item["mark"]["holder"], one)
    return before
