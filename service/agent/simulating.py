"""A line that never waits: parcels at a fixed rate, whatever the service does, each with a moment to be answered by.

Time counts from the moment at which a parcel should have been posted, so that a simulator that falls behind shows as
late answers, not as a slower line (coordinated omission).
"""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from service.agent.errors import BadOptions
from service.agent.items import Lane, Picture
from service.agent.link import LONGEST_WAIT, Link, Outcome
from service.agent.reading import read_whole
from service.agent.spool import moment
from service.agent.verdicts import answer_of

AT_ONCE = 64  # parcels on their way
LARGEST = 32 * 2**20
ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}
Moved = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the line does."""

    station: str
    rate: float  # parcels an hour
    seconds: float
    answer_within: float  # seconds
    lane: Lane = "live"

    @property
    def count(self) -> int:
        """Parcels."""
        return max(1, round(self.rate * self.seconds / 3600))


@dataclass(kw_only=True)
class Report:
    """What came of it."""

    plan: Plan
    waits: list[float] = field(default_factory=list)  # seconds from the planned moment to the answer, of those in time
    late: list[float] = field(default_factory=list)  # the same, of answers after their time
    decisions: Counter[str] = field(default_factory=Counter)
    decided_by: Counter[str] = field(default_factory=Counter)
    pushed_back: Counter[int] = field(default_factory=Counter)  # answers 409, 429, 503: tried again
    lost: list[str] = field(default_factory=list)  # why a parcel never got an answer
    seconds: float = 0.0

    @property
    def in_time(self) -> float:
        """Share of all parcels that somebody or something decided in time; the policy's timeout is no decision."""
        return len(self.waits) / self.plan.count

    @property
    def all_in_time(self) -> bool:
        """Whether none was late, timed out or lost."""
        return len(self.waits) == self.plan.count

    def figures(self) -> dict[str, Any]:
        """All of it, as numbers."""
        answers = sorted(self.waits + self.late)
        return {
            "simulated_in_time": round(self.in_time, 6),
            "parcels": self.plan.count,
            "rate_per_hour": self.plan.rate,
            "seconds": round(self.seconds, 1),
            "answer_within_s": self.plan.answer_within,
            "late": len(self.late),
            "timed_out": self.decided_by["timeout"],
            "unanswered": len(self.lost),
            "p50_s": _at(answers, 0.5),
            "p95_s": _at(answers, 0.95),
            "p99_s": _at(answers, 0.99),
            "max_s": _at(answers, 1.0),
            "decisions": dict(self.decisions),
            "decided_by": dict(self.decided_by),
            "pushed_back": {str(status): count for status, count in self.pushed_back.items()},
            "reasons": dict(Counter(self.lost).most_common(5)),
        }


def pictures_for(folder: Path | None) -> list[Picture]:
    """The photographs of a folder, or the product's samples where they are installed. Raises BadOptions."""
    source = folder or Path(__file__).resolve().parents[2] / "datasets" / "samples" / "parcels"
    paths = sorted(path for path in source.glob("*") if path.suffix.lower() in ENDINGS) if source.is_dir() else []
    if not paths:
        raise BadOptions(f"no photographs in {source}: give a folder of some with --images")
    return [Picture(name=path.name, data=read_whole(path, LARGEST)) for path in paths]


def simulate(link: Link, plan: Plan, pictures: Sequence[Picture], moved: Moved = lambda done, total: None) -> Report:
    """Run the line. `moved` is told how many of how many were posted."""
    report, lock, run = Report(plan=plan), threading.Lock(), secrets.token_hex(4)
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="parcel") as belt:
        for number in range(plan.count):
            planned = began + number * 3600 / plan.rate
            time.sleep(max(0.0, planned - time.monotonic()))
            picture = pictures[number % len(pictures)]
            belt.submit(_parcel, link, plan, f"SIM-{run}-{number:06d}", picture, planned, report, lock)
            moved(number + 1, plan.count)
    report.seconds = time.monotonic() - began
    return report


def _parcel(
    link: Link, plan: Plan, parcel: str, picture: Picture, planned: float, report: Report, lock: threading.Lock
) -> None:
    """One parcel from its post to its answer, as an agent would have it."""
    deadline = planned + plan.answer_within
    answer_by = moment(time.time() + deadline - time.monotonic())
    metadata = {"station": plan.station, "parcel": parcel, "lane": plan.lane, "answer_by": answer_by}
    scan: str | None = None
    outcome = Outcome(kind="away")
    while time.monotonic() < deadline + LONGEST_WAIT:
        wait = max(1, min(LONGEST_WAIT, round(deadline - time.monotonic())))
        if scan is None:
            outcome = link.post(metadata, [picture], key=parcel, wait=wait, sent_at=moment(time.time()))
        else:
            outcome = link.verdict(scan, wait)
        document = dict(outcome.document or {})
        answer = answer_of(document) if outcome.kind == "answered" else None
        if answer is not None:
            _count(report, lock, answer, time.monotonic() - planned, plan.answer_within)
            return
        if outcome.kind in {"refused", "held"}:
            break
        if outcome.kind == "accepted":
            scan = str(document.get("id") or document.get("scan"))
        with lock:
            report.pushed_back[outcome.status] += 1
        time.sleep(outcome.retry_after or 0.2)
    with lock:
        report.lost.append(outcome.why or outcome.kind)


def _count(report: Report, lock: threading.Lock, answer: dict[str, Any], seconds: float, within: float) -> None:
    with lock:
        report.decisions[str(answer["decision"])] += 1
        report.decided_by[str(answer["decided_by"])] += 1
        fine = seconds <= within and answer["decided_by"] != "timeout"
        (report.waits if fine else report.late).append(seconds)


def _at(ordered: Sequence[float], share: float) -> float | None:
    """The value below which this share lies (nearest rank); None of nothing."""
    if not ordered:
        return None
    if share == 0.5:
        return round(median(ordered), 3)
    return round(ordered[max(0, min(len(ordered) - 1, -int(-len(ordered) * share // 1) - 1))], 3)
