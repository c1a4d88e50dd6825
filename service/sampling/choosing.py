"""Chooses what people are asked about, in a thread, whenever nothing else is to be done.

No scan waits for it: it looks at scans that were answered a while ago, reads a few at a time, and writes a handful of
rows. It begins a day back when the service starts; what was asked before is not asked again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from service.background import Background
from service.clock import Clock
from service.database import Database
from service.sampling import repository
from service.sampling.budget import affordable, room
from service.sampling.looking import seen_scans
from service.sampling.rules import SamplingRules
from service.sampling.samplers import Pick, SeenScan, picks

BATCH = 50  # scans
SETTLED = timedelta(minutes=2)  # after which a scan that was received has its verdict, or waits for long
LOOK_BACK = timedelta(days=1)
REST_SECONDS = 30.0  # once there is nothing new, or nothing more may be asked
BUSY_SECONDS = 2.0
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What one step looked at, and how far the next one is then."""

    scans: list[SeenScan]
    labels: Mapping[str, int]
    after: str
    since: datetime


class Chooser(Background):
    """Asks, within the budget. Safe in several processes: one chooses at a time, and no place is asked about twice."""

    def __init__(self, *, database: Database, rules: SamplingRules, idle: Callable[[], bool], clock: Clock) -> None:
        """`idle` says whether nothing else is to be done."""
        self._database, self._rules, self._idle, self._clock = database, rules, idle, clock
        self._after, self._since = "", datetime.min.replace(tzinfo=UTC)
        super().__init__("sampling", again=REST_SECONDS)

    def turn(self) -> float:
        """One look."""
        if self.step() is not None:
            return 0.0
        return REST_SECONDS if self._idle() else BUSY_SECONDS

    def step(self) -> int | None:
        """Look at the next scans and ask what may be asked. Returns how many questions; None if there was nothing."""
        if not self._idle():
            return None
        now = self._clock()
        self._after = max(self._after, before(now - LOOK_BACK))  # what could not be asked for so long is let be
        self._since = max(self._since, now - LOOK_BACK)
        with self._database.read() as session:
            if room(repository.used(session, (), now), self._rules) == 0:
                return None
        look = self._look(now)
        if not look.scans:
            self._move(look)
            return None
        wanted = [one for scan in look.scans for one in picks(scan, self._rules.samplers, look.labels)]
        asked = self._ask(wanted, now)
        if asked is None:
            return None
        self._move(look)
        return asked

    def _move(self, look: _Look) -> None:
        self._after, self._since = look.after, look.since

    def _look(self, now: datetime) -> _Look:
        end = now - SETTLED
        with self._database.read() as session:
            rows = list(repository.done(session, after=self._after, until=before(end), limit=BATCH))
            looks = repository.differing(session, since=self._since, until=end, limit=BATCH)
            differs: dict[str, frozenset[str]] = {}
            for look in looks:
                said = {*look.document.get("gained", {}), *look.document.get("lost", {})}
                differs[look.scan_id] = differs.get(look.scan_id, frozenset()) | said
            known = {row.id for row in rows}
            rows += repository.scans(session, set(differs) - known)
            scans = seen_scans(session, rows, differs)
            marks = {place.mark_id for scan in scans for place in scan.places if place.mark_id is not None}
            labels = repository.labels_of(session, marks)
        since = looks[-1].at + timedelta(microseconds=1) if len(looks) == BATCH else end
        after = max(known) if len(known) == BATCH else before(end)
        return _Look(scans=scans, labels=labels, after=max(self._after, after), since=max(self._since, since))

    def _ask(self, wanted: list[Pick], now: datetime) -> int | None:
        """None if another process chooses now, or nothing more may be asked: the same scans are looked at again."""
        if not wanted:
            return 0
        parcels = {(one.scan.office, one.scan.parcel) for one in wanted}
        with self._database.write() as session:
            if not repository.alone(session):
                return None
            repository.expire(session, now - timedelta(days=self._rules.expire_days))
            spent = repository.used(session, parcels, now)
            if room(spent, self._rules) == 0:
                return None
            return repository.ask(session, affordable(wanted, spent, self._rules), now)


def before(moment: datetime) -> str:
    """What identifiers of scans from before a moment are smaller than: they begin with their milliseconds."""
    return f"scan_{max(0, int(moment.timestamp() * 1000)):012x}"
