"""The spool: what was taken is on this disk until the service has it. One SQLite file, images and all.

A scan and its images are stored in one transaction, synced before it ends (synchronous=FULL), so a power cut loses
either all of it or nothing, and the files in the folder are removed only afterwards. One connection, behind a lock.
"""

import json
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from service.agent.errors import SpoolBroken, SpoolFull
from service.agent.items import Item, Lane, NewItem, Picture

FILE = "spool.db"
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "auto_vacuum=INCREMENTAL")
SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, mark TEXT NOT NULL UNIQUE, parcel TEXT NOT NULL,
    lane TEXT NOT NULL, metadata TEXT NOT NULL, size INTEGER NOT NULL, state TEXT NOT NULL, created_at REAL NOT NULL,
    answer_by REAL, scan TEXT, verdict TEXT, done_at REAL);
CREATE TABLE IF NOT EXISTS pictures (
    item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE, position INTEGER NOT NULL, name TEXT NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (item, position));
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS open_items ON items (state);
"""
REMEMBERED = 48 * 3600  # seconds for which what was sent is known, should its files turn up again


class Spool:
    """Scans on disk: `waiting` for the service, `accepted` by it, `answered`, or `quarantined`."""

    def __init__(self, folder: Path, *, max_bytes: int, keep_free: int = 0) -> None:
        """Open or make the spool in `folder`. Raises SpoolBroken."""
        self._folder, self._max_bytes, self._keep_free = folder, max_bytes, keep_free
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / FILE
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            os.chmod(path, 0o600)
            for pragma in PRAGMAS:
                self._db.execute(f"PRAGMA {pragma}")
            self._db.executescript(SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise SpoolBroken(f"{folder}: {error}") from error
        self._open = {item.id: item for item in self._load()}

    def add(self, new: NewItem, *, station: str, now: float, monotonic: float) -> Item | None:
        """Store a scan; on return it is on disk. None if the same files were taken before.

        Raises SpoolFull, and then the files have to stay where they are.
        """
        size = sum(len(picture.data) for picture in new.pictures)
        answer_by = None if new.answer_within is None else now + new.answer_within
        metadata = {"station": station, "parcel": new.parcel, "lane": new.lane, **new.metadata}
        if answer_by is not None:
            metadata["answer_by"] = moment(answer_by)
        key = str(uuid.uuid4())
        with self._lock:
            self._check_room(size)
            item_id = self._insert(new, key, json.dumps(metadata, ensure_ascii=False), size, now, answer_by)
            if item_id is None:
                return None
            item = Item(
                id=item_id,
                key=key,
                parcel=new.parcel,
                lane=new.lane,
                metadata=metadata,
                size=size,
                created_at=now,
                answer_by=answer_by,
                deadline=None if new.answer_within is None else monotonic + new.answer_within,
            )
            self._open[item.id] = item
            return item

    def open_items(self) -> Sequence[Item]:
        """Scans that the service has not, or has not answered, oldest first."""
        with self._lock:
            return list(self._open.values())

    def pictures(self, item: Item) -> Sequence[Picture]:
        """The images of a scan that waits."""
        query = "SELECT name, data FROM pictures WHERE item = ? ORDER BY position"
        with self._lock:
            return [Picture(name=name, data=data) for name, data in self._db.execute(query, (item.id,))]

    def accepted(self, item: Item, scan: str) -> None:
        """The service has it: the images are dropped."""
        with self._writing():
            self._db.execute("DELETE FROM pictures WHERE item = ?", (item.id,))
            self._db.execute("UPDATE items SET state = 'accepted', scan = ?, size = 0 WHERE id = ?", (scan, item.id))
        item.scan, item.size = scan, 0

    def give(self, item: Item, verdict: dict[str, Any]) -> bool:
        """Keep the verdict that the line is given; False if it was given one before."""
        with self._writing():
            text = json.dumps(verdict, ensure_ascii=False)
            given = self._db.execute("UPDATE items SET verdict = ? WHERE id = ? AND verdict IS NULL", (text, item.id))
            if given.rowcount != 1:
                return False
        item.verdict = verdict
        return True

    def close_item(self, item: Item, state: str, now: float) -> None:
        """Nothing more is to be done about a scan: it is `answered`, or `quarantined`."""
        with self._writing():
            self._db.execute("DELETE FROM pictures WHERE item = ?", (item.id,))
            self._db.execute("UPDATE items SET state = ?, size = 0, done_at = ? WHERE id = ?", (state, now, item.id))
        with self._lock:
            self._open.pop(item.id, None)

    def forget(self, now: float) -> None:
        """Forget what was done long ago, and give its room back to the disk."""
        with self._writing():
            self._db.execute("DELETE FROM items WHERE done_at < ?", (now - REMEMBERED,))
        with self._lock:
            self._db.execute("PRAGMA incremental_vacuum(1000)").fetchall()

    def fact(self, name: str) -> dict[str, Any] | None:
        """Something to be known after a restart, or None."""
        with self._lock:
            row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else cast("dict[str, Any]", json.loads(row[0]))

    def know(self, name: str, value: dict[str, Any]) -> None:
        """Remember something beyond a restart."""
        with self._writing():
            self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))

    def fill(self) -> tuple[int, int, float | None]:
        """Scans that the service has not yet, their bytes, and since when the oldest waits (seconds since 1970)."""
        with self._lock:
            waiting = [item for item in self._open.values() if item.scan is None]
        return len(waiting), sum(item.size for item in waiting), min((i.created_at for i in waiting), default=None)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _check_room(self, size: int) -> None:
        held = sum(item.size for item in self._open.values())
        if held + size > self._max_bytes:
            raise SpoolFull(f"{held} bytes wait, {self._max_bytes} may")
        disk = os.statvfs(self._folder)
        free = disk.f_bavail * disk.f_frsize
        if free < self._keep_free + 2 * size:  # it is written twice: to the log, then to its place
            raise SpoolFull(f"{free} bytes are free on the disk of {self._folder}")

    def _insert(
        self, new: NewItem, key: str, metadata: str, size: int, now: float, answer_by: float | None
    ) -> int | None:
        try:
            with self._writing():
                row = (key, new.mark, new.parcel, new.lane, metadata, size, now, answer_by)
                columns = "key, mark, parcel, lane, metadata, size, created_at, answer_by, state"
                sql = f"INSERT INTO items ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting')"  # noqa: S608 - no input
                item_id = self._db.execute(sql, row).lastrowid
                for position, picture in enumerate(new.pictures):
                    name = picture.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                    self._db.execute(
                        "INSERT INTO pictures VALUES (?, ?, ?, ?)", (item_id, position, name, picture.data)
                    )
                return item_id
        except sqlite3.IntegrityError:  # its mark is known
            return None
        except sqlite3.OperationalError as error:
            raise SpoolFull(f"{self._folder}: {error}") from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk ends it by itself
                    self._db.execute("ROLLBACK")
                raise

    def _load(self) -> Iterator[Item]:
        """Open scans of the last run; how much time each has left is known by the clock alone."""
        wall, steady = time.time(), time.monotonic()
        query = (
            "SELECT id, key, parcel, lane, metadata, size, created_at, answer_by, scan, verdict FROM items "
            "WHERE state IN ('waiting', 'accepted') ORDER BY id"
        )
        for number, key, parcel, lane, metadata, size, created_at, answer_by, scan, verdict in self._db.execute(query):
            within = None if answer_by is None else answer_by - created_at
            left = None if answer_by is None or within is None else min(answer_by - wall, within)
            yield Item(
                id=number,
                key=key,
                parcel=parcel,
                lane=cast("Lane", lane),
                metadata=json.loads(metadata),
                size=size,
                created_at=created_at,
                answer_by=answer_by,
                deadline=None if left is None else steady + left,
                scan=scan,
                verdict=None if verdict is None else json.loads(verdict),
            )


def moment(seconds: float) -> str:
    """Seconds since 1970 as RFC 3339 in UTC, with milliseconds."""
    whole, rest = divmod(round(seconds * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{rest:03d}Z"
