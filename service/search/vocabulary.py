"""All words that recordations are found by, in memory, so that a misspelt one is found too."""

import threading
from bisect import bisect_left, insort

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Indel

from service.database import Database
from service.search import repository

LEAST = 0.75  # share of letters in common from which a word may be what was meant (normalised Indel)
PREFIX = 3  # letters from which a beginning is looked up
PREFIX_WORTH = 0.9  # of a word that only begins with what was asked
MOST = 40  # words that one asked word may stand for


class Vocabulary:
    """Words by what somebody writes for them. Each process has its own, brought up to date before it is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._revision = -1
        self._sorted: list[str] = []
        self._known: set[str] = set()

    def like(self, word: str) -> dict[str, float]:
        """Words that may be meant by `word`, and how alike they are, 0..1: itself, longer ones, then similar ones."""
        with self._lock:
            self._refresh()
            words, known = self._sorted, word in self._known
            begun = self._begun(word)
        found = dict.fromkeys(begun, PREFIX_WORTH) | ({word: 1.0} if known else {})
        return found if found else _similar(word, words)

    def _begun(self, word: str) -> list[str]:
        if len(word) < PREFIX:
            return []
        start = bisect_left(self._sorted, word)
        return [one for one in self._sorted[start : start + MOST] if one.startswith(word)]

    def _refresh(self) -> None:
        """Learn the words of recordations that changed. Words that none has any more stay: they find nothing."""
        with self._database.read() as session:
            newest, words = repository.words_since(session, self._revision)
        fresh = [word for word in words if word not in self._known]
        if len(fresh) > MOST:
            self._sorted = sorted({*self._sorted, *fresh})
        elif fresh:
            self._sorted = list(self._sorted)  # whoever reads the old list keeps it as it was
            for word in fresh:
                insort(self._sorted, word)
        self._known.update(fresh)
        self._revision = newest


def _similar(word: str, words: list[str]) -> dict[str, float]:
    if not words:
        return {}
    alike = process.cdist([word], words, scorer=Indel.normalized_similarity, score_cutoff=LEAST, dtype=np.float32)[
        0
    ]  # (n,)
    places = np.flatnonzero(alike)
    best = places[np.argsort(-alike[places], kind="stable")[:MOST]]
    return {words[place]: float(alike[place]) for place in best}
