"""Pictures that come with a filing: checked, drawn and embedded before anything is stored."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from inference.artwork.lettering import Lettering
from inference.artwork.rasterise import rasterise
from inference.artwork.views import Kind, vectors_of
from inference.errors import TidewaiterError
from inference.vocabulary import Vectors
from service.errors import InvalidRequest
from service.inspecting import Champion, Embedding
from service.recordations.documents import MarkIn, PictureIn
from service.recordations.wordmarks import drawn, filed_only
from service.registry.repository import WORDS, Picture, PictureKey
from service.storage import FileStore
from service.uploads import Upload


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What came in: the pictures of each mark in their order, and the vectors of those that are new."""

    pictures: list[tuple[Picture, ...]]
    vectors: dict[PictureKey, Vectors]
    embedder: str = ""  # sha256 of what made them


class TooLargeArtwork(TidewaiterError):
    """The artwork is larger than the limit."""

    status = 413


class Intake:
    """Takes pictures in; their files are on disk when it returns."""

    def __init__(self, *, files: FileStore, champion: Champion, lettering: Lettering, max_bytes: int) -> None:
        self._champion = champion
        self._files, self._lettering, self._max_bytes = files, lettering, max_bytes

    def take(self, marks: Sequence[MarkIn], uploads: Sequence[Upload], stored: Mapping[str, Picture]) -> Taken:
        """The pictures of `marks` from `uploads` and from those `stored` already (by sha256).

        A word mark without one gets its words drawn. Raises InvalidRequest if the two do not fit together, BadArtwork
        naming the part of the request.
        """
        named = _by_name(uploads)
        wanted = _wanted(marks, named)
        data = {name: self._read(upload) for name, upload in named.items()}
        embedder = self._champion().photo.embedder
        vectors: dict[PictureKey, Vectors] = {}
        pictures: list[tuple[Picture, ...]] = []
        made: list[bytes] = []
        for number, own in enumerate(wanted):
            found: dict[str, Picture] = {}  # a picture sent twice counts once
            for place, item in enumerate(own):
                field = f"metadata.marks[{number}].pictures[{place}]"
                picture = _kept(item, stored, field) if item.sha256 else _new(item, named, data, field)
                found.setdefault(picture.sha256, picture)
                if item.file and picture.matched and picture.key not in vectors:
                    vectors[picture.key] = _embed(named[item.file], data[item.file], picture.kind, embedder)
            words = drawn(marks[number], found.values(), self._lettering)
            if words is not None:
                found[words.picture.sha256] = words.picture
                vectors[words.picture.key] = _vectors(words.data, words.picture.name, words.picture.kind, embedder)
                made.append(words.data)
            pictures.append(tuple(found.values()))
        used = {item.file for own in wanted for item in own}
        for name, upload in named.items():
            if name not in used:
                raise InvalidRequest(f"no mark names the file {name!r}", field=upload.field)
        self._files.put_all([*data.values(), *made])
        return Taken(pictures=pictures, vectors=vectors, embedder=embedder.sha256)

    def _read(self, upload: Upload) -> bytes:
        data = upload.read(self._max_bytes)
        if len(data) > self._max_bytes:
            limit = f"{self._max_bytes} bytes"
            raise TooLargeArtwork(f"more than {limit}", field=upload.field, limit=limit)
        return data


def _embed(upload: Upload, data: bytes, kind: Kind, embedder: Embedding) -> Vectors:
    try:
        return _vectors(data, upload.name, kind, embedder)
    except TidewaiterError as error:
        error.field = upload.field
        raise


def _vectors(data: bytes, name: str, kind: Kind, embedder: Embedding) -> Vectors:
    return vectors_of(rasterise(data, name=name), kind, embedder)


def kind_for(purpose: str) -> Kind:
    """How a picture is looked at: what is registered is artwork, all others are photographs."""
    return "artwork" if purpose in ("registered", WORDS) else "photo"


def _by_name(uploads: Iterable[Upload]) -> dict[str, Upload]:
    """Files by what a mark may call them: their names, or their places where two have the same."""
    listed = list(uploads)
    times = Counter(upload.name for upload in listed)
    return {upload.name if upload.name and times[upload.name] == 1 else upload.field: upload for upload in listed}


def _wanted(marks: Sequence[MarkIn], named: Iterable[str]) -> list[list[PictureIn]]:
    """The pictures each mark names; those of a single mark need not be named."""
    if len(marks) == 1 and not marks[0].pictures:
        return [[PictureIn(file=name) for name in named]]
    return [filed_only(mark.pictures, f"metadata.marks[{number}]") for number, mark in enumerate(marks)]


def _kept(item: PictureIn, stored: Mapping[str, Picture], field: str) -> Picture:
    if item.file is not None:
        raise InvalidRequest("it names both a file and a sha256", field=field)
    known = stored.get(item.sha256 or "")
    if known is None:
        raise InvalidRequest(f"{item.sha256} is no picture of this recordation; send its file", field=field)
    return known if known.purpose == item.purpose else picture_from(item, known.sha256, known.name, known.size)


def _new(item: PictureIn, named: Mapping[str, Upload], data: Mapping[str, bytes], field: str) -> Picture:
    if item.file is None:
        raise InvalidRequest("it names neither a file nor a sha256", field=field)
    if item.file not in data:
        raise InvalidRequest(f"no one file {item.file!r} came with the request", field=field)
    content = data[item.file]
    name = item.name or named[item.file].name or item.file
    return picture_from(item, hashlib.sha256(content).hexdigest(), name, len(content))


def picture_from(item: PictureIn, sha256: str, name: str, size: int) -> Picture:
    """A picture with these bytes, looked at as its purpose says."""
    return Picture(sha256=sha256, name=name[-255:], size=size, kind=kind_for(item.purpose), purpose=item.purpose)
