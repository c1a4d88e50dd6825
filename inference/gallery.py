"""The gallery: vectors of all registered artwork, searched exactly; marks come and go one at a time.

Readers never wait and never see half a change: each change publishes a new immutable snapshot. Adding appends to
shared buffers beyond what older snapshots look at, so 5,000 adds cost 5,000 appends and a few doublings.

    gallery = Gallery(256)
    gallery.add(mark, vectors, references)
    best = gallery.search(queries, k=5)
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray

from inference.errors import UnknownMark
from inference.parts import as_bytes
from inference.vocabulary import Mark, Reading, Vectors
from inference.wording import NEARLY, WEIGHT, comparable, wording

_FIRST_CAPACITY = 256  # vectors
_QUERY_BLOCK = 64  # queries compared at a time: bounds the table of similarities
_LENGTH_TOLERANCE = 1e-3


def _nowhere() -> NDArray[np.float32]:
    """The vector of a hit that comes from no gallery."""
    return np.zeros(0, np.float32)


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A right holder's vector that is most like a query."""

    mark: Mark
    reference: str  # sha256 of the artwork picture
    similarity: float  # cosine, -1..1
    wording: float = 0.0  # how much of the mark's word was read, 0..1
    verified: float = 0.0  # what a comparison place by place adds, in units of similarity; 0 if there was none
    fitted: float = 0.0  # what laying the artwork on the photograph adds, likewise
    rarity: float = 1.0  # how unlike ordinary things the artwork is, 0..2; 1 if the embedder knows none
    parts: NDArray[np.int8] | None = field(default=None, compare=False, repr=False)  # (e,) of the artwork, as bytes
    vector: NDArray[np.float32] = field(default_factory=_nowhere, compare=False, repr=False)  # (d,) of the artwork

    @property
    def likeness(self) -> float:
        """What right holders are ranked by: similarity, the word read and, as far as it was not, closer looks."""
        return self.similarity + WEIGHT * self.wording + (1.0 - self.wording) * (self.verified + self.fitted)


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    """What a reader sees: the first `size` places of buffers that are only ever written beyond `size`."""

    vectors: NDArray[np.float32]  # (capacity, d)
    parts: NDArray[np.int8]  # (capacity, e)
    holders: NDArray[np.int32]  # (capacity,) number of the right holder
    entries: list[tuple[Mark, str]]  # mark and reference per place; appended to, never changed
    word_of: NDArray[np.int32]  # (capacity,) number of the mark's title
    words: list[str]  # folded titles by number, each once; appended to, never changed
    since: NDArray[np.float64]  # (capacity,) moment from which the mark counts, seconds since 1970
    until: NDArray[np.float64]  # (capacity,) moment from which it counts no longer
    lettered: NDArray[np.bool_]  # (capacity,) whether nothing but the mark's words is filed
    alive: NDArray[np.bool_]  # (capacity,) False where a mark was removed; copied for each removal
    size: int
    marks: int
    holder_count: int  # of those alive


class Gallery:
    """Exact cosine search for the best right holders. Any number of threads may search while others add or remove."""

    def __init__(self, dimension: int, parts: int = 0) -> None:
        """`dimension` d of the vectors, and the number e of the `parts` that follow each in its row."""
        if dimension < 1 or parts < 0:
            raise ValueError(f"dimension must be at least 1 and parts at least 0, got {dimension} and {parts}")
        self.dimension, self.parts = dimension, parts
        self._lock = threading.Lock()  # for writers only
        self._places: dict[str, list[int]] = {}  # mark_id -> places
        self._holder_numbers: dict[str, int] = {}
        self._holder_marks: dict[str, int] = {}  # right holder -> number of its marks
        self._living = 0  # places that are alive
        self._word_numbers: dict[str, int] = {}
        self._snapshot = self._empty(_FIRST_CAPACITY)

    def __len__(self) -> int:
        """Return the number of marks."""
        return self._snapshot.marks

    def __contains__(self, mark_id: str) -> bool:
        """Return whether a mark is in it."""
        return mark_id in self._places

    def copy(self) -> "Gallery":
        """Return a gallery of its own with the same marks; it takes as much memory again."""
        other = Gallery(self.dimension, self.parts)
        with self._lock:
            other._places = {mark_id: list(places) for mark_id, places in self._places.items()}
            other._holder_numbers, other._word_numbers = dict(self._holder_numbers), dict(self._word_numbers)
            other._holder_marks, other._living = dict(self._holder_marks), self._living
            now = other._grown(self._snapshot, max(_FIRST_CAPACITY, self._snapshot.size))
            other._snapshot = other._view(now, self._snapshot.size)
        return other

    def add(
        self, mark: Mark, vectors: Vectors, references: Sequence[str], *, since: float = -inf, until: float = inf
    ) -> None:
        """Add `mark` with one reference per row of `vectors` (n, d + e); a mark already there is replaced at once.

        It counts from `since` to before `until`, in seconds since 1970, see `search`. Raises ValueError if there is no
        vector, or shape, type or length of the vectors is wrong.
        """
        self._check(vectors)
        if len(references) != len(vectors) or len(vectors) == 0:
            shape, given = vectors.shape, len(references)
            raise ValueError(f"expected one reference for each of n >= 1 vectors, got {given} for {shape}")
        with self._lock:
            now = self._without(mark.mark_id) if mark.mark_id in self._places else self._snapshot
            self._snapshot = self._compacted(self._with(now, mark, vectors, references, (since, until)))

    def remove(self, mark_id: str) -> None:
        """Remove a mark with all its vectors; raises UnknownMark if it is not there."""
        with self._lock:
            if mark_id not in self._places:
                raise UnknownMark(f"mark {mark_id!r} is not in the gallery", field="mark_id")
            self._snapshot = self._compacted(self._without(mark_id))

    def search(
        self,
        queries: Vectors,
        k: int,
        readings: Sequence[Sequence[Reading]] | None = None,
        *,
        at: float | None = None,
    ) -> list[list[Hit]]:
        """Return, per row of `queries` (n, d + e), the `k` best distinct right holders, best first; or all there are.

        `readings` says what was read at each query. A holder is as likely as its best vector, with its mark's word
        counted in. A mark of words alone is found where they were read, all or nearly: lettering looks like lettering.
        Without `readings` it is found by its drawing. Equals come in the order of adding. Only marks that count at the
        moment `at` are looked at; all if None.
        """
        self._check(queries)
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        read = [()] * len(queries) if readings is None else list(readings)
        if len(read) != len(queries):
            raise ValueError(f"expected the readings of each of {len(queries)} queries, got {len(read)}")
        now = self._snapshot
        known = _Wordings(now)
        absent = _absent(now, at)
        hits: list[list[Hit]] = []
        for start in range(0, len(queries), _QUERY_BLOCK):
            block = queries[start : start + _QUERY_BLOCK, : self.dimension]
            similarities = block @ now.vectors[: now.size].T  # (block, size)
            similarities[:, absent] = -np.inf
            for row, own in zip(similarities, read[start : start + _QUERY_BLOCK], strict=True):
                worded = known.of(own)  # (size,)
                if readings is not None:
                    row[now.lettered[: now.size] & (worded < NEARLY)] = -np.inf
                hits.append(_best_holders(now, row, worded, min(k, now.holder_count)))
        return hits

    def _check(self, vectors: Vectors) -> None:
        width = self.dimension + self.parts
        if vectors.dtype != np.float32 or vectors.ndim != 2 or vectors.shape[1] != width:
            raise ValueError(f"vectors must be (n, {width}) float32, got {vectors.shape} {vectors.dtype}")
        lengths = np.linalg.norm(vectors[:, : self.dimension], axis=1)  # (n, d) -> (n,)
        if not (np.abs(lengths - 1.0) <= _LENGTH_TOLERANCE).all():  # also false for nan
            raise ValueError(f"each vector must have length 1, got {lengths.min():.4g} to {lengths.max():.4g}")

    def _empty(self, capacity: int) -> _Snapshot:
        return _Snapshot(
            vectors=np.zeros((capacity, self.dimension), np.float32),
            parts=np.zeros((capacity, self.parts), np.int8),
            holders=np.zeros(capacity, np.int32),
            entries=[],
            word_of=np.zeros(capacity, np.int32),
            words=[],
            since=np.full(capacity, -inf),
            until=np.full(capacity, inf),
            lettered=np.zeros(capacity, np.bool_),
            alive=np.zeros(capacity, np.bool_),
            size=0,
            marks=0,
            holder_count=0,
        )

    def _with(
        self, now: _Snapshot, mark: Mark, vectors: Vectors, references: Sequence[str], counts: tuple[float, float]
    ) -> _Snapshot:
        """Return a snapshot with `mark` appended; nothing that `now` looks at is written."""
        start, end = now.size, now.size + len(vectors)
        now = now if end <= len(now.vectors) else self._grown(now, max(end, 2 * len(now.vectors)))
        now.vectors[start:end], parts = np.split(vectors, [self.dimension], axis=1)
        now.parts[start:end] = as_bytes(parts)
        now.holders[start:end] = self._holder_numbers.setdefault(mark.holder, len(self._holder_numbers))
        now.since[start:end], now.until[start:end] = counts
        now.lettered[start:end] = mark.lettered
        now.alive[start:end] = True
        self._living += len(vectors)
        now.entries.extend((mark, reference) for reference in references)
        now.word_of[start:end] = self._number_of_word(now.words, comparable(mark.title))
        self._places[mark.mark_id] = list(range(start, end))
        self._holder_marks[mark.holder] = self._holder_marks.get(mark.holder, 0) + 1
        return self._view(now, end)

    def _number_of_word(self, words: list[str], word: str) -> int:
        """Return the number of `word` in `words`, at whose end it is put if it is new."""
        number = self._word_numbers.setdefault(word, len(words))
        if number == len(words):
            words.append(word)
        return number

    def _without(self, mark_id: str) -> _Snapshot:
        """Return a snapshot in which the places of `mark_id` are dead."""
        now = self._snapshot
        places = self._places.pop(mark_id)
        holder = now.entries[places[0]][0].holder
        self._holder_marks[holder] -= 1
        if self._holder_marks[holder] == 0:
            del self._holder_marks[holder]
        alive = now.alive.copy()
        alive[places] = False
        self._living -= len(places)
        return self._view(now, now.size, alive)

    def _compacted(self, now: _Snapshot) -> _Snapshot:
        """Return `now`, or once more than half of its places are dead, the living ones in new buffers."""
        if now.size <= _FIRST_CAPACITY or 2 * self._living > now.size:
            return now
        living = np.flatnonzero(now.alive[: now.size])
        fresh = self._empty(max(_FIRST_CAPACITY, 2 * len(living)))
        fresh.vectors[: len(living)] = now.vectors[living]
        fresh.parts[: len(living)] = now.parts[living]
        fresh.holders[: len(living)] = now.holders[living]
        fresh.since[: len(living)] = now.since[living]
        fresh.until[: len(living)] = now.until[living]
        fresh.lettered[: len(living)] = now.lettered[living]
        fresh.alive[: len(living)] = True
        fresh.entries.extend(now.entries[place] for place in living)
        self._word_numbers = {}
        numbers = [self._number_of_word(fresh.words, now.words[now.word_of[place]]) for place in living]
        fresh.word_of[: len(living)] = numbers
        self._places = {}
        for place, (mark, _) in enumerate(fresh.entries):
            self._places.setdefault(mark.mark_id, []).append(place)
        return self._view(fresh, len(living))

    def _grown(self, now: _Snapshot, capacity: int) -> _Snapshot:
        larger = self._empty(capacity)
        larger.vectors[: now.size] = now.vectors[: now.size]
        larger.parts[: now.size] = now.parts[: now.size]
        larger.holders[: now.size] = now.holders[: now.size]
        larger.since[: now.size] = now.since[: now.size]
        larger.until[: now.size] = now.until[: now.size]
        larger.lettered[: now.size] = now.lettered[: now.size]
        larger.alive[: now.size] = now.alive[: now.size]
        larger.entries.extend(now.entries[: now.size])
        larger.word_of[: now.size] = now.word_of[: now.size]
        larger.words.extend(now.words)
        return larger

    def _view(self, now: _Snapshot, size: int, alive: NDArray[np.bool_] | None = None) -> _Snapshot:
        return _Snapshot(
            vectors=now.vectors,
            parts=now.parts,
            holders=now.holders,
            entries=now.entries,
            word_of=now.word_of,
            words=now.words,
            since=now.since,
            until=now.until,
            lettered=now.lettered,
            alive=now.alive if alive is None else alive,
            size=size,
            marks=len(self._places),
            holder_count=len(self._holder_marks),
        )


class _Wordings:
    """How much of each mark's word was read, for one search; boxes share readings, and marks words."""

    def __init__(self, now: _Snapshot) -> None:
        self._places, self._words = now.word_of[: now.size], now.words[: len(now.words)]
        self._known: dict[Reading, NDArray[np.float32]] = {}

    def of(self, readings: Sequence[Reading]) -> NDArray[np.float32]:
        """Return, per place (size,), the most that any of `readings` is of its word."""
        best = np.zeros(len(self._words), np.float32)
        for reading in readings:
            if reading not in self._known:
                self._known[reading] = wording(reading, self._words)
            best = np.maximum(best, self._known[reading])
        return best[self._places]


def _absent(now: _Snapshot, at: float | None) -> NDArray[np.bool_]:
    """Return, per place (size,), whether it is not to be found: removed, or not counting at the moment `at`."""
    alive = now.alive[: now.size]
    if at is None:
        return ~alive
    return ~(alive & (now.since[: now.size] <= at) & (at < now.until[: now.size]))


def _best_holders(now: _Snapshot, similarities: NDArray[np.float32], worded: NDArray[np.float32], k: int) -> list[Hit]:
    """Return the best place of each of the `k` best holders; looks at ever more places until it has `k` holders."""
    if k == 0:
        return []
    likeness = similarities + WEIGHT * worded
    wanted = 4 * k
    while True:
        places = _best_places(likeness, wanted)  # best first
        _, first = np.unique(now.holders[places], return_index=True)  # first place, so the best one, of each holder
        if len(first) >= k or wanted >= now.size:
            chosen = places[np.sort(first)][:k]
            return [_hit(now, int(place), float(similarities[place]), float(worded[place])) for place in chosen]
        wanted *= 4


def _best_places(similarities: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Return at least `count` best places, best first, equals in order of place; the dead never."""
    least = -np.inf
    if count < len(similarities):
        least = np.partition(similarities, -count)[-count]
    places = np.flatnonzero((similarities >= least) & (similarities > -np.inf))
    return places[np.argsort(-similarities[places], kind="stable")]


def _hit(now: _Snapshot, place: int, similarity: float, worded: float) -> Hit:
    mark, reference = now.entries[place]
    parts = now.parts[place] if now.parts.shape[1] else None
    similarity = min(1.0, max(-1.0, similarity))
    vector = now.vectors[place]
    return Hit(mark=mark, reference=reference, similarity=similarity, wording=worded, parts=parts, vector=vector)
