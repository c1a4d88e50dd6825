"""Keeps the gallery of this process equal to the registry in the database, whoever changed it."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from math import inf

import numpy as np
import structlog
from sqlalchemy.orm import Session

from inference.artwork.rasterise import rasterise
from inference.artwork.views import KINDS, Kind, vectors_of
from inference.vocabulary import Vectors
from service.database import Database
from service.inspecting import Searching
from service.metrics import Metrics
from service.registry import repository
from service.registry.changes import Change, changes_after
from service.registry.repository import PictureKey
from service.storage import FileStore

AT_ONCE = 64  # pictures: some seconds
AT_START = 2000  # pictures: a minute or two, after the embedder was replaced
log = structlog.get_logger()


class LiveGallery:
    """Applies what changed since the last look; looking costs one small query."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        inspector: Searching,
        metrics: Metrics | None = None,
        kinds: frozenset[Kind] = KINDS,
    ) -> None:
        """`metrics` is told how many marks there are; only pictures of these `kinds` are searched."""
        self._database, self._files, self._inspector, self._metrics = database, files, inspector, metrics
        self._kinds = kinds
        self._lock = threading.Lock()
        self._revision = -1
        self._present: set[str] = set()

    @property
    def revision(self) -> int:
        """Which revision of the registry this process searches."""
        return self._revision

    def refresh(self, *, at_most: int = AT_ONCE) -> int:
        """Bring the gallery up to the committed registry, and return its revision.

        Called before each inspection and after each change. Up to `at_most` pictures without vectors are embedded here;
        more wait for the backlog, and their marks are matched by the pictures that have vectors.
        """
        with self._lock:
            with self._database.read() as session:
                newest = repository.revision(session)
                if newest == self._revision:
                    return newest
                changed, waiting = self._take(session, at_most)
            self._complete(waiting)
            self._revision = newest
            if self._metrics is not None:
                self._metrics.gallery_marks.set(len(self._present))
            log.info("gallery_refreshed", revision=newest, changed=changed, marks=len(self._present))
            return newest

    def _take(self, session: Session, at_most: int) -> tuple[int, list[Change]]:
        """Apply what changed, as far as it has vectors. Returns how many changes there were, and those to complete."""
        waiting: list[Change] = []
        missing: set[PictureKey] = set()
        count = 0
        for changed in changes_after(session, self._revision):
            changes = [self._searched(change) for change in changed]
            vectors = repository.vectors(session, self._inspector.embedder.sha256, _pictures(changes))
            for change in changes:
                self._apply(change, vectors)
                lacking = {picture for picture in change.pictures or () if picture not in vectors}
                missing |= lacking
                if lacking and len(missing) <= at_most:
                    waiting.append(change)
            count += len(changes)
        return count, waiting if len(missing) <= at_most else []

    def _searched(self, change: Change) -> Change:
        """The change with only those pictures that this gallery searches."""
        if change.pictures is None or all(kind in self._kinds for _, kind in change.pictures):
            return change
        return replace(change, pictures=tuple(key for key in change.pictures if key[1] in self._kinds) or None)

    def _complete(self, changes: list[Change]) -> None:
        """Embed the pictures that have no vectors by this embedder: it has been replaced since they were recorded."""
        if not changes:
            return
        pictures, embedder = _pictures(changes), self._inspector.embedder
        with self._database.read() as session:
            vectors = repository.vectors(session, embedder.sha256, pictures)
        missing = [picture for picture in pictures if picture not in vectors]
        log.info("embedding_artwork", pictures=len(missing))
        made = {
            (sha, kind): vectors_of(rasterise(self._files.get(sha), name=sha), kind, embedder) for sha, kind in missing
        }
        with self._database.write() as session:
            repository.add_vectors(session, embedder.sha256, made)
        for change in changes:
            self._apply(change, vectors | made)

    def _apply(self, change: Change, vectors: dict[PictureKey, Vectors]) -> None:
        mark_id = change.mark.mark_id
        known = [picture for picture in change.pictures or () if picture in vectors]
        if not known:
            if mark_id in self._present:
                self._inspector.gallery.remove(mark_id)
                self._present.discard(mark_id)
            return
        rows = [vectors[picture] for picture in known]
        references = [sha for (sha, _), row in zip(known, rows, strict=True) for _ in range(len(row))]
        since, until = seconds(change.validity.since, -inf), seconds(change.validity.until, inf)
        self._inspector.gallery.add(change.mark, np.concatenate(rows), references, since=since, until=until)
        self._present.add(mark_id)


def _pictures(changes: Iterable[Change]) -> list[PictureKey]:
    return sorted({picture for change in changes for picture in change.pictures or ()})


def seconds(moment: datetime | None, otherwise: float) -> float:
    """A moment in seconds since 1970, as the gallery counts."""
    return otherwise if moment is None else moment.timestamp()
