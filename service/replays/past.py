"""A past registry: the marks that were matched then, in a gallery of their own, and the facts of their recordations.

It is the present one with what changed since undone, so that a registry of a hundred thousand is there in seconds.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from math import inf
from typing import Any

import numpy as np

from inference.artwork.rasterise import rasterise
from inference.artwork.views import KINDS, Kind, vectors_of
from inference.gallery import Gallery
from inference.vocabulary import Mark, Vectors
from service.database import Database
from service.inspecting import Embedding
from service.law.library import Law
from service.recordations.documents import Content
from service.recordations.facts import Recorded, filed
from service.registry import repository as registry
from service.registry.repository import Picture, PictureKey
from service.replays import repository
from service.storage import FileStore

AT_ONCE = 500  # marks whose vectors are read together


@dataclass(frozen=True, kw_only=True)
class PastMark:
    """A mark as it was matched."""

    mark: Mark
    recordation_id: str
    pictures: tuple[PictureKey, ...]
    since: float
    until: float


@dataclass(frozen=True, kw_only=True)
class Past:
    """The registry at a revision."""

    revision: int
    gallery: Gallery
    owners: dict[str, str] = field(default_factory=dict)  # mark -> recordation, for those that have changed since


class PastRegistry:
    """Makes past registries."""

    def __init__(
        self,
        *,
        database: Database,
        files: FileStore,
        embedder: Embedding,
        law: Law,
        kinds: frozenset[Kind] = KINDS,
    ) -> None:
        """Marks are searched by their pictures of these `kinds`."""
        self._database, self._files, self._embedder, self._law = database, files, embedder, law
        self._kinds = kinds

    def at(self, revision: int, present: Gallery) -> Past:
        """The registry at a revision; `present` has the marks of now, or of any moment since."""
        past = Past(revision=revision, gallery=present.copy())
        with self._database.read() as session:
            changed = repository.changed_since(session, revision)
            for mark_id in repository.marks_of(session, changed):
                if mark_id in past.gallery:
                    past.gallery.remove(mark_id)
            waiting: list[PastMark] = []
            for state in repository.states_at(session, revision, changed):
                waiting += _marks(state)
                if len(waiting) >= AT_ONCE:
                    self._add(past, waiting)
                    waiting = []
        self._add(past, waiting)
        return past

    def recorded(self, past: Past, mark_ids: Collection[str]) -> dict[str, Recorded]:
        """Mark -> the facts of the recordation that it had then."""
        with self._database.read() as session:
            unchanged = [mark_id for mark_id in mark_ids if mark_id not in past.owners]
            owners = {*repository.recordations_of(session, unchanged)}
            owners |= {past.owners[mark_id] for mark_id in mark_ids if mark_id in past.owners}
            states = list(repository.states_at(session, past.revision, sorted(owners)))
        facts = {mark["mark_id"]: _recorded(state, self._law) for state in states for mark in _live(state)}
        return {mark_id: facts[mark_id] for mark_id in mark_ids if mark_id in facts}

    def _add(self, past: Past, marks: Iterable[PastMark]) -> None:
        own = [searched for mark in marks if (searched := self._searched(mark)).pictures]
        with self._database.read() as session:
            keys = sorted({key for mark in own for key in mark.pictures})
            vectors = registry.vectors(session, self._embedder.sha256, keys)
        for mark in own:
            rows = [self._vectors(key, vectors) for key in mark.pictures]
            references = [sha for (sha, _), row in zip(mark.pictures, rows, strict=True) for _ in range(len(row))]
            past.gallery.add(mark.mark, np.concatenate(rows), references, since=mark.since, until=mark.until)
            past.owners[mark.mark.mark_id] = mark.recordation_id

    def _searched(self, mark: PastMark) -> PastMark:
        return replace(mark, pictures=tuple(key for key in mark.pictures if key[1] in self._kinds))

    def _vectors(self, key: PictureKey, known: dict[PictureKey, Vectors]) -> Vectors:
        """A picture's vectors; those of pictures that no mark has any more are made again."""
        if key not in known:
            known[key] = vectors_of(rasterise(self._files.get(key[0]), name=key[0]), key[1], self._embedder)
        return known[key]


def _live(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [mark for mark in state["marks"] if mark.get("live")]


def _marks(state: dict[str, Any]) -> list[PastMark]:
    return [made for mark in _live(state) if (made := _mark(mark, state)) is not None]


def _mark(mark: dict[str, Any], state: dict[str, Any]) -> PastMark | None:
    matched = [one for given in mark["pictures"] if (one := Picture(**given)).matched]
    if not matched:
        return None
    lettered = any(one.purpose == registry.WORDS for one in matched)
    return PastMark(
        mark=Mark(mark_id=mark["mark_id"], title=mark["title"], holder=state["holder"], lettered=lettered),
        recordation_id=state["id"],
        pictures=tuple(one.key for one in matched),
        since=_seconds(mark["since"], -inf),
        until=_seconds(mark["until"], inf),
    )


def _recorded(state: dict[str, Any], law: Law) -> Recorded:
    ends = state["procedure"].get("valid_to")
    content = Content.model_validate(state["content"])
    return Recorded(
        id=state["id"],
        version=state["version"],
        jurisdiction=state["jurisdiction"],
        zone=law.profile(state["profile"]).timezone,
        valid_to=None if ends is None else date.fromisoformat(ends),
        filed=filed(content, state["holder"], state.get("holder_identifiers", [])),
    )


def _seconds(moment: str | None, otherwise: float) -> float:
    return otherwise if moment is None else datetime.fromisoformat(moment).timestamp()
