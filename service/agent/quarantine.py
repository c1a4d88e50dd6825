"""Files that can never be sent, kept beside the reason. Nothing is ever deleted here: a person looks, and decides."""

import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from service.agent.errors import AgentError, RefusedByService
from service.agent.items import Picture

REASON = "reason.json"
PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


class Quarantine:
    """A folder with one folder for each case."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take_files(self, source: Path, names: Sequence[str], error: AgentError) -> Path:
        """Move files of a folder here; what cannot be moved stays there and is named in the reason. Returns where."""
        place = self._place(names[0])
        left = []
        for number, name in enumerate(names):
            try:
                _move(source / name, place / _plain(name, number))
            except OSError as problem:
                left.append(f"{name!a}: {problem.strerror}")
        document = {"files": [ascii(name) for name in names], "left_where_they_were": left}
        self._write_reason(place, error, document)
        return place

    def take_pictures(self, pictures: Sequence[Picture], metadata: dict[str, Any], error: AgentError) -> Path:
        """Keep the images of a scan here. Returns where they are, whole and on disk."""
        place = self._place(str(metadata.get("parcel", "scan")))
        for number, picture in enumerate(pictures):
            _write(place / _plain(picture.name, number), picture.data)
        self._write_reason(place, error, {"metadata": metadata})
        return place

    def count(self) -> int:
        """Cases that nobody has cleared away."""
        return sum(1 for entry in self._folder.iterdir() if entry.is_dir())

    def _place(self, name: str) -> Path:
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        for number in range(10_000):
            place = self._folder / f"{stamp}-{_plain(name)[:60]}{f'-{number}' if number else ''}"
            try:
                place.mkdir()
            except FileExistsError:
                continue
            return place
        raise FileExistsError(f"10,000 cases in one second in {self._folder}")

    def _write_reason(self, place: Path, error: AgentError, document: dict[str, Any]) -> None:
        reason: dict[str, Any] = {"code": error.code, "title": error.title, "detail": ascii(error.detail)[1:-1]}
        if isinstance(error, RefusedByService):
            reason["problem"] = error.problem
        text = json.dumps({**reason, **document}, indent=2, ensure_ascii=False)
        _write(place / REASON, text.encode("utf-8", "replace"))
        _sync(place)
        _sync(self._folder)


def _plain(name: str, number: int = 0) -> str:
    """A name that any file system takes; `reason.json` is ours."""
    plain = (
        PLAIN.sub("_", name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))[-120:].lstrip(".") or "file"
    )
    return f"{number}-{plain}" if number or plain == REASON else plain


def _move(source: Path, target: Path) -> None:
    """Also to another disk; a file is here before it is gone there."""
    try:
        os.rename(source, target)
    except OSError:
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            _write(target, file.read())
        os.unlink(source)


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
