"""What a service that was hurt still has of what it promised."""

import hashlib
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from service.audit.service import AuditService
from service.database import Database
from tests.faults.stations import Acknowledged


@dataclass(frozen=True, kw_only=True)
class Reckoning:
    """The damage."""

    acknowledged: int
    lost_scans: int  # promised, and not there
    lost_images: int  # there, but an image is missing or not what it was
    doubled: int  # parcels that are there more than once
    unfinished: int
    sound: str  # what SQLite and the audit say of themselves; empty if nothing is wrong

    @property
    def lost(self) -> int:
        """Scans of which anything is gone."""
        return self.lost_scans + self.lost_images


def reckon(folder: Path, acknowledged: Acknowledged) -> Reckoning:
    """Compare what is in a service's folder with what it promised. The service must not run."""
    try:
        rows, views, sound = _read(folder / "tidewaiter.db")
    except sqlite3.Error as error:
        rows, views, sound = [], {}, f"{type(error).__name__}: {error}"
    known = {scan: parcel for scan, parcel, _ in rows}
    promised = set(acknowledged.scans.values())
    bad = {scan for scan in promised & set(known) if not all(_intact(folder, sha) for sha in views.get(scan, ("",)))}
    parcels = Counter(parcel for _, parcel, _ in rows)
    return Reckoning(
        acknowledged=len(acknowledged.scans),
        lost_scans=len(promised - set(known)),
        lost_images=len(bad),
        doubled=sum(count - 1 for count in parcels.values()),
        unfinished=sum(state != "done" for _, _, state in rows),
        sound=sound,
    )


def _read(path: Path) -> tuple[list[tuple[str, str, str]], dict[str, tuple[str, ...]], str]:
    with sqlite3.connect(path) as database:
        sound = str(database.execute("PRAGMA integrity_check(1)").fetchone()[0])
        rows = database.execute("SELECT id, parcel, state FROM scans").fetchall()
        views: dict[str, tuple[str, ...]] = {}
        for scan, sha in database.execute("SELECT scan_id, sha256 FROM scan_views ORDER BY scan_id, position"):
            views[scan] = (*views.get(scan, ()), sha)
    database.close()
    opened = Database(f"sqlite:///{path}")
    try:
        faults = AuditService(opened).verify().faults
    finally:
        opened.close()
    return rows, views, "" if sound == "ok" and not faults else f"{sound}; {len(faults)} faults in the audit"


def _intact(folder: Path, sha256: str) -> bool:
    path = folder / "files" / sha256[:2] / sha256
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
