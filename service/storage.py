"""Files by the sha256 of their content, on a local folder; a file is whole and on disk before its name exists."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from service.errors import StorageFull

STALE_SECONDS = 3600  # a temporary file older than this was left by a crash


class FileStore:
    """Stores bytes under `root/ab/abcd…`. Storing the same bytes twice keeps one file."""

    def __init__(self, root: Path, *, keep_free: int = 0) -> None:
        """Open or make the folder `root`; removes temporary files that a crash left behind.

        `keep_free` bytes of the disk are kept for what was taken before: its verdicts, alerts and audit.
        """
        self.root, self._keep_free = root.resolve(), keep_free
        self._incoming = self.root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def check_room(self) -> None:
        """Raise StorageFull if the disk is so full that nothing more should be taken; nothing is deleted for it."""
        free = shutil.disk_usage(self.root).free
        if free < self._keep_free:
            raise StorageFull(f"{free} bytes are free", field="disk", limit=f"{self._keep_free} bytes")

    def put(self, data: bytes) -> str:
        """Store `data` durably and return its sha256 as hex."""
        return self.put_all([data])[0]

    def put_all(self, items: Iterable[bytes]) -> list[str]:
        """Store each of `items` durably; each folder is synced once. Returns their sha256, in order."""
        names: list[str] = []
        folders: set[Path] = set()
        for data in items:
            name = hashlib.sha256(data).hexdigest()
            names.append(name)
            target = self.path(name)
            if not target.parent.exists():
                target.parent.mkdir(exist_ok=True)
                folders.add(self.root)
            if not target.exists():
                write_whole(data, target, beside=self._incoming)
            folders.add(target.parent)  # also if it was there: its writer may not have synced the folder yet
        for folder in sorted(folders):
            sync_folder(folder)
        return names

    def put_many(self, items: Sequence[bytes]) -> list[str]:
        """Store many small files durably: the system is synced twice, instead of each file. Returns their sha256."""
        names = [hashlib.sha256(data).hexdigest() for data in items]
        written: dict[str, str] = {}  # name -> temporary file
        try:
            for name, data in zip(names, items, strict=True):
                if name not in written and not self.path(name).exists():
                    written[name] = self._write_unsynced(data)
            os.sync()  # a file is whole before it has its name
            for name, temporary in written.items():
                self.path(name).parent.mkdir(exist_ok=True)
                os.replace(temporary, self.path(name))
            os.sync()
        except BaseException:
            for temporary in written.values():
                Path(temporary).unlink(missing_ok=True)
            raise
        return names

    def get(self, name: str) -> bytes:
        """The bytes stored under sha256 `name`. Raises FileNotFoundError."""
        return self.path(name).read_bytes()

    def path(self, name: str) -> Path:
        """Where the file with sha256 `name` is, or would be. Raises ValueError if `name` is not a sha256."""
        if len(name) != 64 or not set(name) <= set("0123456789abcdef"):
            raise ValueError(f"expected 64 hex digits, got {name!r}")
        return self.root / name[:2] / name

    def _write_unsynced(self, data: bytes) -> str:
        handle, temporary = tempfile.mkstemp(dir=self._incoming)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        return temporary

    def _sweep(self) -> None:
        for left in self._incoming.iterdir():
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                left.unlink(missing_ok=True)


def write_whole(data: bytes, target: Path, *, beside: Path) -> None:
    """Write a file that is whole and on disk before its name exists; `beside` is a folder of the same disk."""
    handle, temporary = tempfile.mkstemp(dir=beside)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
