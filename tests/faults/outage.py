"""The service is away for long, then back with a clock that is wrong: `python -m tests.faults.outage --minutes 60`.

A camera goes on all the while at the pace of a line. Each parcel must have its answer in time, by the station's policy
while nobody else can say anything; and in the end each photograph must have arrived, once.
"""

import argparse
import json
import sqlite3
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults.killing import OPEN, agent_process, await_that, count_rows
from tests.faults.launching import CLOCK
from tests.faults.processes import ServiceProcess, station_key
from tests.faults.reckoning import reckon
from tests.faults.stations import Acknowledged
from tests.integration.service.pictures import photograph

LAUNCHER = Path(__file__).with_name("launching.py")
WITHIN = 3.0  # seconds in which the line wants its answers
GRACE = 0.5  # seconds by which a file may appear later than the answer was due
HOUR = 3600.0
BESIDE = 10.0  # seconds for which the line runs with a service before and after


@dataclass(frozen=True, kw_only=True)
class Endured:
    """What came of it."""

    outage_posts: int
    outage_seconds: float
    outage_away: int  # parcels that came while the service was away
    outage_by_policy: int  # whose answer the station gave itself
    outage_lost: int
    outage_doubled: int
    outage_untold: int  # parcels whose line was not told, or told more than once
    outage_told_late: int
    outage_said: bool  # whether the agent said that the service is away
    outage_unsound: str


class Pace:
    """A camera over a belt: photographs at an even pace until it is stopped."""

    def __init__(self, folder: Path, an_hour: float) -> None:
        self._folder, self._pause, self.dropped = folder, 3600 / an_hour, 0
        self._images = [photograph(seed, side=48) for seed in range(7)]
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._pause):
            part = self._folder / f"P{self.dropped}_v{self.dropped}.jpg.part"
            part.write_bytes(self._images[self.dropped % len(self._images)])
            part.rename(part.with_suffix(""))
            self.dropped += 1


def endure(folder: Path, *, seconds: float, an_hour: float, beside: float = BESIDE) -> Endured:
    """Run it in `folder`."""
    key = station_key(folder / "var", "dock-3")
    service = _service(folder, 0)
    more = ("--verdicts", str(folder / "verdicts"), "--answer-within", str(WITHIN))
    agent, camera = agent_process(service, folder, key, *more), Pace(folder / "hot", an_hour)
    service.start()
    service.wait_ready()
    agent.start()
    camera.start()
    try:
        time.sleep(beside)
        service.stop()
        before = camera.dropped
        time.sleep(seconds)
        said, away = _says_away(folder / "spool" / "status.json"), camera.dropped - before
        for wrong in (HOUR, -HOUR):
            service = _service(folder, wrong, port=service.port)
            service.start()
            service.wait_ready()
            time.sleep(beside)
            _let_all_arrive(folder, camera.dropped)
            service.stop()
        service = _service(folder, 0, port=service.port)
        service.start()
        service.wait_ready()
        camera.stop()
        _let_all_arrive(folder, camera.dropped)
        await_that(lambda: count_rows(folder / "spool" / "spool.db", OPEN) == 0, "the agent did not come to an end")
    finally:
        for one in (agent, service):
            one.stop()
    return _counted(folder, camera.dropped, seconds, away, said)


def _service(folder: Path, wrong: float, *, port: int | None = None) -> ServiceProcess:
    """The service, with a clock that is wrong by so many seconds."""
    return ServiceProcess(
        folder / "var", folder / "service.log", launcher=LAUNCHER, port=port, queue=64, **{CLOCK: wrong}
    )


def _let_all_arrive(folder: Path, posts: int) -> None:
    def there() -> bool:
        time.sleep(0.5)
        return count_rows(folder / "var" / "tidewaiter.db", "SELECT count(*) FROM scans WHERE state = 'done'") >= posts

    await_that(there, "not all photographs arrived")


def _says_away(status: Path) -> bool:
    said = json.loads(status.read_text(encoding="utf-8"))
    return any("away" in worry for worry in said["worries"])


def _counted(folder: Path, posts: int, seconds: float, away: int, said: bool) -> Endured:
    reckoning = reckon(folder / "var", Acknowledged(log=folder / "none"))
    with sqlite3.connect(folder / "var" / "tidewaiter.db") as database:
        arrived = {row[0] for row in database.execute("SELECT parcel FROM scans")}
    database.close()
    with sqlite3.connect(folder / "spool" / "spool.db") as database:
        due = {
            f"{parcel}.{number}": at
            for number, parcel, at in database.execute("SELECT id, parcel, answer_by FROM items")
        }
    database.close()
    told = {path.stem: path for path in (folder / "verdicts").glob("*.json")}
    missing = len({f"P{number}" for number in range(posts)} - arrived) + count_rows(folder / "spool" / "spool.db", OPEN)
    return Endured(
        outage_posts=posts,
        outage_seconds=seconds,
        outage_away=away,
        outage_by_policy=sum(json.loads(path.read_text())["decided_by"] == "timeout" for path in told.values()),
        outage_lost=missing + reckoning.lost_images,
        outage_doubled=reckoning.doubled,
        outage_untold=len(set(due) ^ set(told)),
        outage_told_late=sum(told[name].stat().st_mtime > at + GRACE for name, at in due.items() if name in told),
        outage_said=said,
        outage_unsound=reckoning.sound,
    )


def main() -> None:
    """Print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=2500.0, help="parcels an hour (default %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        came = endure(Path(folder), seconds=60 * options.minutes, an_hour=options.rate)
    sys.stdout.write(json.dumps(asdict(came)) + "\n")


if __name__ == "__main__":
    main()
