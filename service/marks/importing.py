"""Importing a registry table (CSV): all rows are read, drawn and embedded first; then one transaction records them."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inference.artwork.rasterise import rasterise
from inference.artwork.table import ArtworkRow, BadRow, read_table
from inference.artwork.views import kind_of, vectors_of
from inference.errors import TidewaiterError
from inference.vocabulary import Mark, Vectors
from service.database import Database
from service.inspecting import Embedding
from service.marks.service import MarkService, ShortMark
from service.registry import repository
from service.registry.repository import Picture, PictureKey
from service.storage import FileStore

Progress = Callable[[int, int], None]  # rows done, rows in all


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did, or with `dry_run` would have done."""

    bad: tuple[BadRow, ...]
    rows: int  # usable rows
    marks: int  # marks in them
    changed: int  # marks that were new or different; 0 if nothing was imported
    refused: bool  # there were bad rows and they were not to be skipped


class RegistryImport:
    """Imports one table."""

    def __init__(self, *, database: Database, files: FileStore, embedder: Embedding, marks: MarkService) -> None:
        self._database, self._files, self._embedder, self._marks = database, files, embedder, marks

    def run(self, table: Path, *, skip_bad: bool, dry_run: bool, progress: Progress) -> ImportReport:
        """Import `table`. With any bad row nothing is imported unless `skip_bad`; `dry_run` only checks."""
        rows, bad = read_table(table)
        with self._database.read() as session:
            known = repository.embedded(session, self._embedder.sha256)
        good, pictures, vectors, worse = embed_rows(rows, self._embedder, known, progress)
        bad = sorted([*bad, *worse], key=lambda row: row.line)
        entries = group(good, pictures)
        refused = bool(bad) and not skip_bad
        stored = self._marks.known(entry.mark.mark_id for entry in entries)
        changed = [entry for entry in entries if stored.get(entry.mark.mark_id) != entry]
        if changed and not refused and not dry_run:
            self._store(changed, good, pictures, vectors)
        count = 0 if refused else len(changed)
        return ImportReport(bad=tuple(bad), rows=len(good), marks=len(entries), changed=count, refused=refused)

    def _store(
        self,
        entries: Sequence[ShortMark],
        rows: Iterable[ArtworkRow],
        pictures: dict[int, Picture],
        vectors: dict[PictureKey, Vectors],
    ) -> None:
        wanted = {picture.key for entry in entries for picture in entry.pictures}
        sources = {pictures[row.line].sha256: row.file for row in rows}
        expected = sorted({sha for sha, _ in wanted})
        stored = self._files.put_all(sources[sha].read_bytes() for sha in expected)
        if stored != expected:
            raise ArtworkChanged("an artwork file was changed while the table was being imported; import it again")
        own = {key: vectors[key] for key in wanted if key in vectors}
        self._marks.store(entries, own, self._embedder.sha256)


class ArtworkChanged(TidewaiterError):
    """The artwork changed during the import."""

    status = 409


def embed_rows(
    rows: Sequence[ArtworkRow], embedder: Embedding, known: set[PictureKey], progress: Progress
) -> tuple[list[ArtworkRow], dict[int, Picture], dict[PictureKey, Vectors], list[BadRow]]:
    """Read, draw and embed each row's picture; those in `known` have vectors already.

    Returns the usable rows, line -> picture, picture -> new vectors, and the rows that cannot be used.
    """
    good: list[ArtworkRow] = []
    pictures: dict[int, Picture] = {}
    vectors: dict[PictureKey, Vectors] = {}
    bad: list[BadRow] = []
    holders: dict[str, str] = {}
    for done, row in enumerate(rows, 1):
        try:
            said = holders.setdefault(row.mark_id, row.holder)
            if said != row.holder:
                raise TidewaiterError(f"{row.mark_id!r} has another right holder in an earlier row: {said!r}")
            data = row.file.read_bytes()
            key = hashlib.sha256(data).hexdigest(), kind_of(row.variant)
            if key not in known and key not in vectors:
                vectors[key] = vectors_of(rasterise(data, name=row.file.name), key[1], embedder)
        except (TidewaiterError, OSError) as error:
            bad.append(BadRow(line=row.line, reason=str(error)))
        else:
            good.append(row)
            pictures[row.line] = Picture(
                sha256=key[0],
                kind=key[1],
                purpose="product" if key[1] == "photo" else "registered",
                name=row.file.name[-255:],
                size=len(data),
            )
        progress(done, len(rows))
    return good, pictures, vectors, bad


def group(rows: Sequence[ArtworkRow], pictures: dict[int, Picture]) -> list[ShortMark]:
    """One entry per mark: the title of its first row, its pictures in the order of the rows, each picture once."""
    marks: dict[str, Mark] = {}
    found: dict[str, dict[PictureKey, Picture]] = {}
    for row in rows:
        marks.setdefault(row.mark_id, Mark(mark_id=row.mark_id, title=row.title, holder=row.holder))
        picture = pictures[row.line]
        found.setdefault(row.mark_id, {}).setdefault(picture.key, picture)
    return [ShortMark(mark=marks[mark_id], pictures=tuple(own.values())) for mark_id, own in found.items()]
