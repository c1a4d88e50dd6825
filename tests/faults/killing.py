"""Kills service and station agent with -9 at random moments: `python -m tests.faults.killing --posts 20000 --kills 50`.

A camera drops files into a folder, as cameras do; the agent takes them, the service gets them. In the end each parcel
has to be there, whole, and once.
"""

import argparse
import json
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.processes import ServiceProcess, Victim, station_key
from tests.faults.reckoning import Reckoning, reckon
from tests.faults.stations import Acknowledged
from tests.integration.service.pictures import photograph

AHEAD = 100  # files that the camera leaves in the folder at most
ORDINARY = 97  # different pictures
LONGEST = 3600.0  # seconds
HEALTHY = 3.0  # seconds that a process lives at least: what always dies is no test


@dataclass(frozen=True, kw_only=True)
class Killed:
    """What came of it."""

    posts: int
    kills: dict[str, int]
    seconds: float
    reckoning: Reckoning
    missing: int  # parcels that are not there
    left: int  # files that are still somewhere before the service

    @property
    def lost(self) -> int:
        """Parcels that are gone, wholly or in part."""
        return self.missing + self.reckoning.lost_images + self.left


class Camera:
    """Drops numbered photographs into a folder, never far ahead of whoever takes them away."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder, self._count = folder, count
        self._images = [photograph(seed, side=48) for seed in range(ORDINARY)]
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        for number in range(self._count):
            while number % 20 == 0 and len(list(self._folder.iterdir())) > AHEAD:
                time.sleep(0.05)
            part = self._folder / f"P{number}_v{number}.jpg.part"
            part.write_bytes(self._images[number % ORDINARY])
            part.rename(part.with_suffix(""))
            self.dropped += 1


def agent_process(service: ServiceProcess, folder: Path, key: str, *more: str) -> Victim:
    """`tidewaiter station watch`, as a station runs it, with more options."""
    (folder / "hot").mkdir()
    code = "from service.agent.standalone import main; main()"
    command = [
        sys.executable,
        "-c",
        code,
        "station",
        "watch",
        str(folder / "hot"),
        "--station",
        "dock-3",
        "--rename-only",
    ]
    command += ["--url", service.url, "--spool", str(folder / "spool"), "--pattern", "{parcel}_{image_id}", *more]
    return Victim("agent", command, {"TIDEWAITER_STATION_KEY": key}, folder / "agent.log")


def kill_and_count(posts: int, kills: int, folder: Path, *, seed: int = 7, report: bool = False) -> Killed:
    """Run it all in `folder`."""
    key = station_key(folder / "var", "dock-3")
    service = ServiceProcess(folder / "var", folder / "service.log", queue=64)
    agent = agent_process(service, folder, key)
    camera, began = Camera(folder / "hot", posts), time.monotonic()
    service.start()
    service.wait_ready()
    agent.start()
    camera.start()
    try:
        killed = _kill((service, agent), folder, posts, kills, random.Random(seed), report)
        _wait_until_all_are_there(folder, posts, report)
    finally:
        agent.stop()
        service.stop()
    return _reckoned(posts, folder, killed, time.monotonic() - began)


def _kill(
    victims: Sequence[Victim], folder: Path, posts: int, kills: int, draw: random.Random, report: bool
) -> Counter[str]:
    """Kill one of them each time another share of the photographs was inspected, at a moment that nobody knows."""
    killed: Counter[str] = Counter()
    for number in range(kills):
        share = (number + 1) * posts / (kills + 1)
        await_that(lambda at=share: _done(folder) >= at, "nothing goes on any more")  # type: ignore[misc]
        time.sleep(draw.uniform(0, 1.0))
        victim = draw.choice(victims)
        victim.kill()
        victim.start()
        killed[victim.name] += 1
        if report:
            sys.stderr.write(f"kill {number + 1}/{kills}: {victim.name}, {_done(folder)} photographs inspected\n")
        time.sleep(HEALTHY)
    return killed


def _wait_until_all_are_there(folder: Path, posts: int, report: bool) -> None:
    def there() -> bool:
        done = _done(folder)
        if report:
            sys.stderr.write(f"{done} of {posts} are there\n")
        time.sleep(1.0)
        return done >= posts and count_rows(folder / "spool" / "spool.db", OPEN) == 0

    await_that(there, "not all photographs arrived", LONGEST if report else 240.0)


def _done(folder: Path) -> int:
    """Scans that were inspected."""
    path = folder / "var" / "tidewaiter.db"
    return count_rows(path, "SELECT count(*) FROM scans WHERE state = 'done'")


OPEN = "SELECT count(*) FROM items WHERE state IN ('waiting', 'accepted')"


def _reckoned(posts: int, folder: Path, killed: Counter[str], seconds: float) -> Killed:
    reckoning = reckon(folder / "var", Acknowledged(log=folder / "none"))
    with sqlite3.connect(folder / "var" / "tidewaiter.db") as database:
        parcels = {row[0] for row in database.execute("SELECT parcel FROM scans")}
        shas = [row[0] for row in database.execute("SELECT DISTINCT sha256 FROM scan_views")]
    database.close()
    missing = len({f"P{number}" for number in range(posts)} - parcels)
    gone = sum(not (folder / "var" / "files" / sha[:2] / sha).is_file() for sha in shas)
    left = len(list((folder / "hot").iterdir())) + len(list((folder / "spool" / "quarantine").iterdir()))
    return Killed(
        posts=posts, kills=dict(killed), seconds=seconds, reckoning=reckoning, missing=missing + gone, left=left
    )


def count_rows(path: Path, query: str) -> int:
    """The number that a query on an SQLite file gives."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        return int(database.execute(query).fetchone()[0])
    finally:
        database.close()


def await_that(condition: Callable[[], bool], otherwise: str, seconds: float = LONGEST) -> None:
    """Return once it is so. Raises TimeoutError saying `otherwise`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.05)


def main() -> None:
    """Print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        came = kill_and_count(options.posts, options.kills, Path(folder), report=True)
    figures = {
        "kill_posts": came.posts,
        "kill_kills": came.kills,
        "kill_seconds": round(came.seconds),
        "kill_lost": came.lost,
        "kill_doubled": came.reckoning.doubled,
        "kill_unfinished": came.reckoning.unfinished,
        "kill_unsound": came.reckoning.sound,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
