"""What a past week would have looked like with other thresholds, from the scores that were kept.

Each view's strongest match counts by itself: what views say together, and what declarations took away, is not gone
through again. So the same is said of the thresholds that hold now, and the two are compared.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from service.alerts.rules import ReviewRules
from service.archive import repository as archive
from service.archive.repository import Best, Window
from service.clock import Clock
from service.database import Database
from service.modelops import looks, repository
from service.modelops.documents import ThresholdsIn, thresholds_of
from service.modelops.schemas import Simulated, SimulatedStation
from service.scans.eyes import Eyes, Serving
from service.scans.thresholds import Own, Thresholds


@dataclass(kw_only=True)
class _Count:
    """Scans that would be diverted at a station."""

    scans: set[str] = field(default_factory=set)
    now: set[str] = field(default_factory=set)
    then: set[str] = field(default_factory=set)


class Simulation:
    """Compares thresholds on past scans."""

    def __init__(self, *, database: Database, serving: Serving, rules: ReviewRules, clock: Clock) -> None:
        self._database, self._serving, self._rules, self._clock = database, serving, rules, clock

    def week(self, wanted: ThresholdsIn, since: datetime, until: datetime | None, *, office: str | None) -> Simulated:
        """Scans received between two moments as they would be diverted now, and by the thresholds that are `wanted`."""
        eyes, until = self._serving.champion, until or self._clock()
        with self._database.read() as session:
            row = repository.deployment(session)
            now = thresholds_of(session, 0 if row is None else row.thresholds)
            seen = archive.best_scores(session, Window(since=since, until=until), embedders_of(eyes), office)
            counts = counted(seen, shipped_of(eyes), now, wanted.of(0))
            lost = set().union(*(one.now - one.then for one in counts.values()))
            outcomes = looks.outcomes(session, sorted(lost))
        settled = {how: self._rules.settling(how) for how in ("confirmed", "unconfirmed")}
        decided = {scan: action for (scan, _), action in outcomes.items()}
        return Simulated(
            since=since,
            until=until,
            scans=sum(len(one.scans) for one in counts.values()),
            diverts=sum(len(one.now) for one in counts.values()),
            would_divert=sum(len(one.then) for one in counts.values()),
            gained=sum(len(one.then - one.now) for one in counts.values()),
            lost=len(lost),
            lost_confirmed=sum(decided.get(scan) in settled["confirmed"] for scan in lost),
            lost_unconfirmed=sum(decided.get(scan) in settled["unconfirmed"] for scan in lost),
            stations=[
                SimulatedStation(station=name, scans=len(one.scans), diverts=len(one.now), would_divert=len(one.then))
                for name, one in sorted(counts.items())
            ],
        )


def counted(seen: Iterable[Best], shipped: Own, now: Thresholds, then: Thresholds) -> Mapping[str, _Count]:
    """Station -> its scans, and which of them two versions of the thresholds divert; `shipped` are the models' own."""
    counts: defaultdict[str, _Count] = defaultdict(_Count)
    for best in seen:
        count = counts[best.station]
        count.scans.add(best.scan_id)
        for thresholds, scans in ((now, count.now), (then, count.then)):
            if best.score >= bar(best, shipped, thresholds):
                scans.add(best.scan_id)
    return counts


def bar(best: Best, shipped: Own, thresholds: Thresholds) -> float:
    """The score from which a view's strongest match is suspected."""
    own = thresholds.at(best.station)
    value = own.xray if best.modality == "xray" else own.photo
    if value is None:
        value = shipped.xray if best.modality == "xray" else shipped.photo
    return max(1.0 if value is None else value, thresholds.of_mark(best.mark_id or ""))


def embedders_of(eyes: Eyes) -> list[str]:
    """The embedders at work."""
    return [eyes.photo.embedder.sha256, *([] if eyes.xray is None else [eyes.xray.embedder.sha256])]


def shipped_of(eyes: Eyes) -> Own:
    """The thresholds that came with the models."""
    return Own(photo=eyes.photo.threshold, xray=None if eyes.xray is None else eyes.xray.threshold)
