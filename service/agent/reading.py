"""Reads a file that somebody else wrote, or still writes: never through a link, never a device, never endlessly."""

import os
import stat
from pathlib import Path

from service.agent.errors import EmptyFile, FileTooLarge, NotYet, UnusableFile

CHUNK = 2**20


def read_whole(path: Path, largest: int) -> bytes:
    """The bytes of a file that stands still meanwhile.

    Raises NotYet if it cannot be opened now or changes while it is read; EmptyFile, FileTooLarge, UnusableFile.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:  # a link, no permission, gone, locked by its writer
        raise NotYet(f"{path.name}: {error.strerror}") from error
    with os.fdopen(handle, "rb") as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise UnusableFile(f"{path.name} is no file")
        if before.st_size > largest:
            raise FileTooLarge(f"{path.name}: {before.st_size} bytes, at most {largest}")
        try:
            data = file.read(largest + 1)
        except OSError as error:
            raise NotYet(f"{path.name}: {error.strerror}") from error
        after = os.fstat(file.fileno())
    if (len(data), after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise NotYet(f"{path.name} is still being written")
    if not data:
        raise EmptyFile(path.name)
    return data
