"""Finding recordations by number, words, classes, standing, and by a picture."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy.orm import Session

from inference.artwork.rasterise import rasterise
from inference.artwork.views import on_white
from inference.errors import TidewaiterError
from inference.gallery import Hit
from service.database import Database
from service.inspecting import Champion, Inspecting
from service.law.terms import months_later
from service.recordations.schedule import Schedule
from service.schemas import MarkOut
from service.search import repository
from service.search.errors import BadCursor
from service.search.repository import Filters
from service.search.schemas import Alike, AlikePage, Found, FoundPage
from service.search.vocabulary import Vocabulary
from service.tables import RecordationRow
from service.words import query_words

Ranked = list[tuple[str, float | None]]  # recordation, and how like it is


class SearchService:
    """Finds recordations."""

    def __init__(self, *, database: Database, champion: Champion, schedule: Schedule) -> None:
        self._database, self._champion, self._schedule = database, champion, schedule
        self._vocabulary = Vocabulary(database)

    def find(
        self, filters: Filters, *, words: str | None, holder: str | None, cursor: str | None, limit: int
    ) -> FoundPage:
        """A page of recordations that the filters let pass and that have the words; spelling need not be exact."""
        dated = self._dated(filters)
        asked = [(query_words(words or ""), repository.WORDS), (query_words(holder or ""), ("holder",))]
        with self._database.read() as session:
            if not any(own for own, _ in asked):
                keys = repository.page(session, dated, before=cursor, limit=limit + 1)
                ranked: Ranked = [(key, None) for key in keys]
                following = keys[limit - 1] if len(keys) > limit else None
            else:
                start = _offset(cursor)
                every = self._ranked(session, dated, asked)
                ranked, rest = every[start : start + limit], len(every) > start + limit
                following = str(start + limit) if rest else None
            return FoundPage(items=self._found(session, ranked[:limit]), next_cursor=following)

    def alike(self, data: bytes, *, name: str, field: str, limit: int) -> AlikePage:
        """The recorded marks that a picture (a logo, cut out or on a ground of its own) looks like. Nothing is stored.

        Raises BadArtwork.
        """
        now = self._champion()
        now.live.refresh()
        try:
            picture = on_white(rasterise(data, name=name))
        except TidewaiterError as error:
            error.field = field
            raise
        height, width = picture.shape[:2]
        vectors = now.photo.embedder.embed(picture, np.array([[0, 0, width, height]], np.float32))
        (hits,) = now.photo.gallery.search(vectors, limit + 1)
        with self._database.read() as session:
            found = self._recordations(session, [hit.mark.mark_id for hit in hits])
        scores = [_score(now.photo, vectors, hits, place) for place in range(len(hits))]
        return AlikePage(
            items=[
                Alike(
                    mark=MarkOut(mark_id=hit.mark.mark_id, title=hit.mark.title, holder=hit.mark.holder),
                    similarity=round(hit.similarity, 4),
                    score=round(score, 4),
                    reference=hit.reference,
                    recordation=found.get(hit.mark.mark_id),
                )
                for hit, score in list(zip(hits, scores, strict=True))[:limit]
            ]
        )

    def _ranked(self, session: Session, filters: Filters, asked: Sequence[tuple[list[str], Sequence[str]]]) -> Ranked:
        """All recordations with every asked word, or one like it; the rarest word first, so that lists stay short."""
        meant = [(self._vocabulary.like(word), fields) for words, fields in asked for word in words]
        if not all(terms for terms, _ in meant):
            return []
        by_rarity = sorted(meant, key=lambda one: repository.frequency(session, one[0], one[1]))
        scores: dict[str, float] | None = None
        for terms, fields in by_rarity:
            own = repository.postings(session, terms, fields, filters, None if scores is None else scores.keys())
            likeness = {key: max(terms[term] for term in found) for key, found in own.items()}
            scores = likeness if scores is None else {k: scores[k] + v for k, v in likeness.items()}
        ordered = sorted((scores or {}).items(), key=lambda item: (-item[1], item[0]))
        return [(key, round(total / len(meant), 4)) for key, total in ordered]

    def _dated(self, filters: Filters) -> Filters:
        """The filters with the dates by which a recordation expires."""
        today = self._schedule.clock().date()
        profiles = self._schedule.law.profiles.values()
        windows = {one.id: months_later(today, one.recordation.renewal_window.months) for one in profiles}
        return Filters(**{**vars(filters), "windows": windows, "today": today})

    def _found(self, session: Session, ranked: Ranked) -> list[Found]:
        likeness = dict(ranked)
        rows = repository.rows(session, list(likeness))
        return [found_out(row, self._schedule, likeness[row.id]) for row in rows]

    def _recordations(self, session: Session, mark_ids: Sequence[str]) -> dict[str, Found]:
        keys = repository.of_marks(session, mark_ids)
        rows = {row.id: row for row in repository.rows(session, sorted(set(keys.values())))}
        return {mark: found_out(rows[key], self._schedule) for mark, key in keys.items() if key in rows}


def _score(inspector: Inspecting, vectors: np.ndarray, hits: Sequence[Hit], place: int) -> float:
    others = [hit.similarity for n, hit in enumerate(hits) if n != place]
    hit = hits[place]
    near, rival = (np.array([value], np.float32) for value in (hit.similarity, max(others, default=-1.0)))
    return inspector.rate(vectors, near, rival, hit.vector[None])[0]


def found_out(row: RecordationRow, schedule: Schedule, likeness: float | None = None) -> Found:
    """A recordation as lists show it."""
    classes = {goods["nice_class"] for goods in row.document.get("goods", [])}
    return Found(
        id=row.id,
        number=row.number,
        jurisdiction=row.jurisdiction,
        right_type=row.right_type,
        holder=row.holder.name,
        marks=[mark.title for mark in row.marks if not mark.removed],
        nice_classes=sorted(classes),
        standing=schedule.standing(row),
        in_force=schedule.in_force(row),
        valid_to=row.valid_to,
        likeness=likeness,
    )


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 6:
        raise BadCursor(f"{cursor!r} came from no page of such a search", field="cursor")
    return int(cursor)
