"""Where an import's pictures lie: a folder, or a zip. No name leads out of it, no file is larger than allowed."""

import lzma
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Protocol

from service.errors import ServiceError
from service.exchange.records import BadExchangeFile

MOST_FILES = 1_000_000
MOST_UNPACKED = 8 * 2**30  # bytes of the registry in a zip
SPOILED: tuple[type[Exception], ...] = (OSError, RuntimeError, NotImplementedError, EOFError, ValueError)
SPOILED += (zipfile.BadZipFile, zlib.error, lzma.LZMAError)


class MissingPicture(ServiceError):
    """A picture is not there, or cannot be used."""

    status = 422


class Pictures(Protocol):
    """Pictures by the names that records give them."""

    def read(self, name: str, limit: int) -> bytes:
        """The picture's bytes. Raises MissingPicture."""


class NoPictures:
    """An import without pictures."""

    def read(self, name: str, limit: int) -> bytes:
        """Always raises MissingPicture."""
        raise MissingPicture(f"{name!r} is named, but no folder or zip of pictures was given", field="pictures")


class PictureFolder:
    """Pictures in a folder and the folders in it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def read(self, name: str, limit: int) -> bytes:
        """The picture's bytes. Raises MissingPicture."""
        try:
            path = (self._root / name).resolve()
            if not path.is_relative_to(self._root):
                raise MissingPicture(f"{name!r} lies outside the folder", field="pictures")
            with path.open("rb") as file:
                data = file.read(limit + 1)
        except (OSError, ValueError, RuntimeError) as error:  # not there, a NUL in the name, links in a circle
            raise MissingPicture(f"{name!r} cannot be read: {error}", field="pictures") from error
        return _checked(name, data, limit)


class PictureZip:
    """Pictures in a zip; each is unpacked in memory only, and no further than its limit."""

    def __init__(self, path: Path) -> None:
        """Open a zip. Raises BadExchangeFile."""
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise BadExchangeFile(f"{path.name} is no zip: {error}", field="file") from error
        names = self._zip.namelist()
        if len(names) > MOST_FILES:
            raise BadExchangeFile(f"{path.name} holds {len(names)} files", field="file", limit=str(MOST_FILES))
        self._names = {str(PurePosixPath(name)): name for name in names}

    def read(self, name: str, limit: int) -> bytes:
        """The picture's bytes. Raises MissingPicture."""
        inside = self._names.get(str(PurePosixPath(name.replace("\\", "/"))))
        if inside is None:
            raise MissingPicture(f"{name!r} is not in the zip", field="pictures")
        try:
            with self._zip.open(inside) as file:
                data = file.read(limit + 1)
        except SPOILED as error:
            raise MissingPicture(f"{name!r} cannot be unpacked: {error}", field="pictures") from error
        return _checked(name, data, limit)

    def names(self) -> list[str]:
        """The names of all files in it."""
        return list(self._names)

    def unpack(self, name: str, target: Path) -> None:
        """Write one file of it to `target`. Raises BadExchangeFile if it is unpacked to more than MOST_UNPACKED."""
        left = MOST_UNPACKED
        try:
            with self._zip.open(self._names[name]) as file, target.open("wb") as out:
                while block := file.read(2**20):
                    left -= len(block)
                    if left < 0:
                        raise BadExchangeFile(f"{name} is too large", field="file", limit=f"{MOST_UNPACKED} bytes")
                    out.write(block)
        except SPOILED as error:
            raise BadExchangeFile(f"{name} cannot be unpacked: {error}", field="file") from error

    def close(self) -> None:
        """Close the zip."""
        self._zip.close()


def _checked(name: str, data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise MissingPicture(f"{name!r} is larger than allowed", field="pictures", limit=f"{limit} bytes")
    return data
