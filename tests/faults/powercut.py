"""Cuts the power under a service that takes scans, again and again: `python -m tests.faults.powercut --rounds 20`.

After each cut the disk is mounted anew, as after a reboot, and what the service promised is looked for. The mutants do
not sync; a test that does not miss anything of theirs proves nothing.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.disks import FORMAT, Disk, disk, unusable
from tests.faults.processes import ServiceProcess, station_key
from tests.faults.reckoning import Reckoning, reckon
from tests.faults.stations import Acknowledged, Stations

LAUNCHER = Path(__file__).resolve().parent / "launching.py"
FLOOR = 3  # acknowledged scans of a round below which it proves nothing
PARCELS = 100_000  # more than a round can post


class TooFew(AssertionError):
    """So few scans were acknowledged that the round proves nothing."""


def one_round(made: Disk, log: Path, key: str, *, mutant: str = "", draw: random.Random, before: int = 0) -> Reckoning:
    """Serve, post, cut the power at a random moment, and reckon. Raises TooFew."""
    made.mount()
    folder = made.folder / "var"
    service = ServiceProcess(folder, log, launcher=LAUNCHER, test_mutant=mutant, queue=64)
    acknowledged = Acknowledged(log=log.with_suffix(".acks"))
    service.start()
    try:
        service.wait_ready()
        stations = Stations(service.url, key, acknowledged)
        stations._next = before  # parcels that no round has posted yet
        stations.start(PARCELS)
        time.sleep(draw.uniform(1.5, 3.0))
        made.cut_power()
        stations.stop()
    finally:
        service.kill()
        made.unmount()
    if len(acknowledged.scans) < FLOOR:
        raise TooFew(f"{len(acknowledged.scans)} scans were acknowledged, at least {FLOOR} are needed")
    made.mount()
    try:
        return reckon(folder, acknowledged)
    finally:
        made.unmount()


def rounds(
    count: int, folder: Path, *, system: str = "ext4", mutant: str = "", seed: int = 7, report: bool = False
) -> list[Reckoning]:
    """So many rounds on one disk, each going on where the power went."""
    draw, found = random.Random(seed), []
    with disk(folder, system) as made:
        key = _prepared(made)
        for number in range(count):
            came = one_round(made, folder / "service.log", key, mutant=mutant, draw=draw, before=number * PARCELS)
            found.append(came)
            if report:
                sys.stderr.write(f"{mutant or 'service'} {number + 1}/{count}: {came}\n")
            if mutant:  # what it left may be no database any more
                made.make()
                key = _prepared(made)
    return found


def _prepared(made: Disk) -> str:
    """The key of a station of the service that is to be on this disk."""
    made.mount()
    try:
        return station_key(made.folder / "var", "dock-3")
    finally:
        made.unmount()


def main() -> None:
    """Print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--mutant-rounds", type=int, default=3)
    parser.add_argument("--system", choices=sorted(FORMAT), default="ext4", help="file system (default %(default)s)")
    options = parser.parse_args()
    system: str = options.system
    if unusable(system):
        raise SystemExit(f"no power can be cut here: {unusable(system)}")
    with tempfile.TemporaryDirectory() as folder:
        real = rounds(options.rounds, Path(folder), system=system, report=True)
        mutants = rounds(options.mutant_rounds, Path(folder), system=system, mutant="all", report=True)
    figures = {
        "powercut_system": system,
        "powercut_rounds": len(real),
        "powercut_acknowledged": sum(one.acknowledged for one in real),
        "powercut_lost": sum(one.lost for one in real),
        "powercut_unsound": [one.sound for one in real if one.sound],
        "powercut_mutant_acknowledged": sum(one.acknowledged for one in mutants),
        "powercut_mutant_lost": sum(one.lost for one in mutants),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
