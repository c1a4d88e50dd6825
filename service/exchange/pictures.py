"""Pictures of an import: read, checked, and stored a batch at a time."""

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from inference.artwork.rasterise import check_artwork
from inference.errors import TidewaiterError
from service.exchange.artwork import Pictures
from service.recordations.documents import PictureIn
from service.recordations.intake import picture_from
from service.recordations.schemas import RecordationIn
from service.registry.repository import Picture


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A picture that can be used, or why it cannot."""

    data: bytes = b""
    sha256: str = ""
    error: str = ""


class PictureChecks:
    """Reads and checks the pictures that a batch names, on as many cores as there are `workers`."""

    def __init__(self, source: Pictures, *, max_bytes: int, workers: int = 2) -> None:
        self._source, self._max_bytes = source, max_bytes
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="pictures")

    def check(self, filings: Iterable[RecordationIn]) -> dict[str, Checked]:
        """Name -> picture, for all that the filings name."""
        names = list(dict.fromkeys(item.file for filing in filings for item in _named(filing) if item.file))
        return dict(zip(names, self._pool.map(self._checked, names), strict=True))

    def close(self) -> None:
        """Let the workers go."""
        self._pool.shutdown()

    def _checked(self, name: str) -> Checked:
        try:
            data = self._source.read(name, self._max_bytes)
            check_artwork(data, name=name)
        except TidewaiterError as error:
            return Checked(error=f"{error.title} {error.detail}")
        return Checked(data=data, sha256=hashlib.sha256(data).hexdigest())


def pictures_of(filing: RecordationIn, checked: dict[str, Checked]) -> tuple[list[tuple[Picture, ...]], str]:
    """The pictures of each mark, and why one of them cannot be used, if so."""
    every: list[tuple[Picture, ...]] = []
    for mark in filing.marks:
        found: dict[str, Picture] = {}
        for item in mark.pictures:
            if item.file is None:
                return [], f"mark {mark.mark_id!r} names a picture by no file"
            one = checked[item.file]
            if one.error:
                return [], one.error
            name = item.name or item.file.rsplit("/", 1)[-1]
            found.setdefault(one.sha256, picture_from(item, one.sha256, name, len(one.data)))
        every.append(tuple(found.values()))
    return every, ""


def _named(filing: RecordationIn) -> Sequence[PictureIn]:
    return [item for mark in filing.marks for item in mark.pictures]
