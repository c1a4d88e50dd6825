"""Keeps signed heads of the audit elsewhere, by itself: whoever can rewrite the database cannot rewrite them too."""

import threading
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from inference.proving.keys import load_key
from service.audit.heads import signed, written
from service.audit.service import AuditService
from service.database import Database
from service.errors import BadSettings
from service.storage import sync_folder, write_whole

log = structlog.get_logger()


class HeadKeeper:
    """Writes the head, signed, into a folder of its own, each time that it has moved on."""

    def __init__(self, database: Database, *, folder: Path | None, key: Path | None, minutes: int) -> None:
        """Does nothing without `folder` and `key`. Raises BadSettings for one without the other, BadSigningKey."""
        if (folder is None) != (key is None):
            raise BadSettings("audit_heads_dir and audit_key go together", field="TIDEWAITER_AUDIT_KEY")
        self._database, self._folder, self._seconds = database, folder, minutes * 60
        self._key = None if key is None else load_key(key)
        self._last = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-heads")

    def start(self) -> None:
        """Begin, with the head as it is now."""
        self._thread.start()

    def stop(self) -> None:
        """Write the last head and end."""
        self._stopped.set()
        self._thread.join()

    def keep(self) -> Path | None:
        """Write the head unless it is the last one written. Returns the file; raises OSError."""
        if self._folder is None or self._key is None:
            return None
        head = AuditService(self._database).head()
        if head.seq == self._last:
            return None
        target = self._folder / f"head-{head.seq:012}.json"
        self._folder.mkdir(parents=True, exist_ok=True)
        if not target.exists():  # one that is there stays as it is
            write_whole(written(signed(head, self._key)), target, beside=self._folder)
            sync_folder(self._folder)
        self._last = head.seq
        return target

    def _run(self) -> None:
        while self._folder is not None:
            try:
                self.keep()
            except (OSError, SQLAlchemyError) as error:  # the medium or the database is away; it is tried again
                log.error("audit_head_not_kept", folder=str(self._folder), exc_info=error)
            if self._stopped.is_set():
                return
            self._stopped.wait(self._seconds)
