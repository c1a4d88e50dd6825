"""Pictures of an import: read, checked, and stored a batch at a time."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from inference.artwork.lettering import Lettering
from inference.artwork.rasterise import check_artwork
from inference.errors import TidewaiterError
from service.exchange.artwork import Pictures
from service.exchange.errors import Unusable
from service.recordations.documents import MarkIn, PictureIn
from service.recordations.intake import picture_from
from service.recordations.schemas import RecordationIn
from service.recordations.wordmarks import drawn, filed_only
from service.registry.repository import Picture


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A picture that can be used, or why it cannot."""

    data: bytes = b""
    sha256: str = ""
    error: str = ""


class CheckedPictures:
    """The pictures of one batch; word marks without one get their words drawn."""

    def __init__(self, files: Mapping[str, Checked], lettering: Lettering) -> None:
        self._files, self._lettering = files, lettering
        self._data = {one.sha256: one.data for one in files.values() if not one.error}

    def of(self, filing: RecordationIn) -> list[tuple[Picture, ...]]:
        """The pictures of each of its marks. Raises Unusable, InvalidRequest."""
        return [self._of(mark) for mark in filing.marks]

    def data(self, wanted: Collection[str]) -> list[bytes]:
        """The bytes of the pictures `wanted`, by sha256."""
        return [data for sha256, data in self._data.items() if sha256 in wanted]

    def _of(self, mark: MarkIn) -> tuple[Picture, ...]:
        found: dict[str, Picture] = {}
        for item in filed_only(mark.pictures, f"mark {mark.mark_id!r}"):
            picture = self._picture(mark, item)
            found.setdefault(picture.sha256, picture)
        words = drawn(mark, found.values(), self._lettering)
        if words is not None:
            found[words.picture.sha256] = words.picture
            self._data[words.picture.sha256] = words.data
        return tuple(found.values())

    def _picture(self, mark: MarkIn, item: PictureIn) -> Picture:
        if item.file is None:
            raise Unusable(f"mark {mark.mark_id!r} names a picture by no file", field="pictures")
        one = self._files[item.file]
        if one.error:
            raise Unusable(one.error, field="pictures")
        name = item.name or item.file.rsplit("/", 1)[-1]
        return picture_from(item, one.sha256, name, len(one.data))


class PictureChecks:
    """Reads and checks the pictures that a batch names, on as many cores as there are `workers`."""

    def __init__(self, source: Pictures, lettering: Lettering, *, max_bytes: int, workers: int = 2) -> None:
        self._source, self._lettering, self._max_bytes = source, lettering, max_bytes
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="pictures")

    def check(self, filings: Iterable[RecordationIn]) -> CheckedPictures:
        """All pictures that the filings name."""
        names = list(dict.fromkeys(item.file for filing in filings for item in _named(filing) if item.file))
        files = dict(zip(names, self._pool.map(self._checked, names), strict=True))
        return CheckedPictures(files, self._lettering)

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


def _named(filing: RecordationIn) -> Sequence[PictureIn]:
    return [item for mark in filing.marks for item in mark.pictures]
