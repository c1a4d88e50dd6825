"""A folder of a stranger, read once: plain files only, no links, no more than the limits allow.

What is read is what is checked and used; nobody can change a file between the check and the use.
"""

import os
import stat
from pathlib import Path

from inference.errors import BadBundle
from inference.proving.limits import LIMITS, Limits

_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_SPARE = 1  # the signature, which does not count as one of the bundle's files


def read_folder(folder: Path, limits: Limits = LIMITS) -> dict[str, bytes]:
    """File name -> bytes of all that is in `folder`. Raises BadBundle for links, folders, devices and too much."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        why = "it is a symbolic link" if folder.is_symlink() else error.strerror
        raise BadBundle(f"{folder} cannot be read: {why}") from error
    try:
        return _files(descriptor, folder.name, limits)
    finally:
        os.close(descriptor)


def _files(descriptor: int, where: str, limits: Limits) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = limits.total_bytes
    for name in _names(descriptor, where, limits.files + _SPARE):
        files[name] = _bytes(descriptor, name, f"{where}/{name}", min(left, limits.file_bytes))
        left -= len(files[name])
    return files


def _names(descriptor: int, where: str, most: int) -> list[str]:
    names: list[str] = []
    with os.scandir(descriptor) as entries:
        for entry in entries:
            names.append(entry.name)
            if len(names) > most:
                raise BadBundle(f"{where} holds more than {most} files, the most that a bundle and its signature have")
    return sorted(names)


def _bytes(descriptor: int, name: str, where: str, most: int) -> bytes:
    """The bytes of a plain file, at most `most`; what it is, is asked before it is opened, and again after."""
    try:
        _check_plain(os.stat(name, dir_fd=descriptor, follow_symlinks=False), where, most)
        opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptor)
    except OSError as error:
        raise BadBundle(f"{where!r} cannot be read: {error.strerror}") from error
    with os.fdopen(opened, "rb") as file:
        _check_plain(os.fstat(file.fileno()), where, most)
        data = file.read(most + 1)
    if len(data) > most:
        raise BadBundle(f"{where!r} grew beyond {most:,} bytes while it was read")
    return data


def _check_plain(status: os.stat_result, where: str, most: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise BadBundle(f"{where!r} is {kind}, expected a plain file")
    if status.st_size > most:
        raise BadBundle(f"{where!r} has {status.st_size:,} bytes, at most {most:,} are allowed (of it, or left for it)")
