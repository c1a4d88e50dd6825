"""What can be done with the registry. A mark is live as soon as its transaction is committed."""

from collections.abc import Sequence

from inference.artwork.rasterise import rasterise
from inference.errors import TidewaiterError, UnknownMark
from inference.vocabulary import Mark, Vectors
from service.database import Database
from service.inspecting import Embedding
from service.registry import repository
from service.registry.live import LiveGallery
from service.registry.repository import Entry, Picture, PictureKey
from service.registry.schemas import MarkDetail, MarkMetadata, MarkPage, PictureOut
from service.storage import FileStore
from service.tables import MarkRow
from service.uploads import Upload


class RegistryService:
    """Records, shows and removes marks."""

    def __init__(
        self, *, database: Database, files: FileStore, embedder: Embedding, live: LiveGallery, max_bytes: int
    ) -> None:
        self._database, self._files, self._embedder, self._live = database, files, embedder, live
        self._max_bytes = max_bytes

    def put(self, mark_id: str, metadata: MarkMetadata, uploads: Sequence[Upload]) -> tuple[MarkDetail, bool]:
        """Record a mark with its artwork, replacing it if it is there. Returns it and whether it is new.

        All artwork is drawn and embedded before anything is stored; raises BadArtwork naming the part.
        """
        data = [upload.read(self._max_bytes) for upload in uploads]
        made = [self._embed(upload, item) for upload, item in zip(uploads, data, strict=True)]
        names = self._files.put_all(data)
        pictures = {
            sha: Picture(sha256=sha, name=upload.name[-255:] or "artwork", size=len(item))
            for sha, upload, item in zip(names, uploads, data, strict=True)
        }  # a picture sent twice counts once
        mark = Mark(mark_id=mark_id, title=metadata.title, holder=metadata.holder)
        entry = Entry(mark=mark, pictures=tuple(pictures.values()))
        keys = [pictures[sha].key for sha in names]
        created = self.store([entry], dict(zip(keys, made, strict=True))) == 1
        return self.get(mark_id), created

    def store(self, entries: Sequence[Entry], vectors: dict[PictureKey, Vectors]) -> int:
        """Record `entries`, whose files are stored, in one transaction. Returns how many are new."""
        created = 0
        with self._database.write() as session:
            at_revision = repository.bump(session)
            before = repository.entries(session, [entry.mark.mark_id for entry in entries])
            repository.add_vectors(session, self._embedder.sha256, vectors)
            for entry in entries:
                created += repository.put(session, entry, at_revision)
            repository.forget_orphans(session, {p.key for entry in before.values() for p in entry.pictures})
        self._live.refresh()
        return created

    def get(self, mark_id: str) -> MarkDetail:
        """One mark. Raises UnknownMark."""
        with self._database.read() as session:
            return _detail(_found(repository.find(session, mark_id), mark_id))

    def page(self, *, cursor: str | None, limit: int) -> MarkPage:
        """Up to `limit` marks after `cursor`, by identifier."""
        with self._database.read() as session:
            rows = repository.page(session, after=cursor or "", limit=limit + 1)
            items = [_detail(row) for row in rows[:limit]]
        return MarkPage(items=items, next_cursor=items[-1].mark_id if len(rows) > limit else None)

    def remove(self, mark_id: str) -> None:
        """Remove a mark. Raises UnknownMark."""
        with self._database.write() as session:
            row = _found(repository.find(session, mark_id), mark_id)
            pictures = [picture.key for picture in repository.pictures_of(row)]
            repository.remove(session, row, repository.bump(session))
            session.flush()
            repository.forget_orphans(session, pictures)
        self._live.refresh()

    def _embed(self, upload: Upload, data: bytes) -> Vectors:
        try:
            if len(data) > self._max_bytes:
                raise TooLargeArtwork(f"more than {self._max_bytes} bytes", limit=f"{self._max_bytes} bytes")
            return self._embedder.embed_artwork(rasterise(data, name=upload.name))
        except TidewaiterError as error:
            error.field = upload.field
            raise


class TooLargeArtwork(TidewaiterError):
    """The artwork is larger than the limit."""

    status = 413


def _found(row: MarkRow | None, mark_id: str) -> MarkRow:
    if row is None:
        raise UnknownMark(f"no mark {mark_id!r} is recorded", field="mark_id")
    return row


def _detail(row: MarkRow) -> MarkDetail:
    artwork = [PictureOut(sha256=p.sha256, kind=p.kind, name=p.name, size=p.size) for p in repository.pictures_of(row)]
    return MarkDetail(
        mark_id=row.mark_id, title=row.title, holder=row.holder, artwork=artwork, changed_at=row.changed_at
    )
