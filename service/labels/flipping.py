"""Officers whose word on one mark is not that of the others: Fisher's exact test on what they deny, claim or clear.

It finds who flips a mark's verdicts often enough to matter; who flips a few is held by the shares in `capping.py`.
Whoever is found is left out for this mark alone. Nothing is said of why: the officer may be the one who is right.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma

from service.labels.rules import Flipping
from service.labels.statements import Statement

Asked = Callable[[Statement, str], bool]
QUESTIONS: Mapping[str, Asked] = {
    "denies": lambda one, mark: one.suspected == mark and one.denies,
    "claims": lambda one, mark: one.claims and one.mark_id == mark,
    "genuine": lambda one, _mark: one.authenticity == "genuine",
}


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """An officer who says something of a mark far more, or far less, often than the others do."""

    officer: str
    mark_id: str
    question: str  # denies, claims or genuine
    said: int
    of: int
    others_said: int
    others_of: int
    chance: float  # that it is chance, corrected


@dataclass(frozen=True, kw_only=True)
class _Counted:
    """What one officer said of a mark."""

    of: int
    said: Mapping[str, int]  # question -> times


def suspects(statements: Iterable[Statement], limits: Flipping) -> tuple[Suspect, ...]:
    """All of them, by mark and officer. The surest of a mark is taken out before the others are looked at again."""
    counts = _counts(statements)
    return tuple(one for mark in sorted(counts) for one in _of_mark(mark, counts[mark], limits))


def chance(said: int, of: int, others_said: int, others_of: int) -> float:
    """The probability of a table as uneven as this, two-sided (twice the smaller tail), if all were alike."""
    total, hits = of + others_of, said + others_said
    low, high = max(0, hits - others_of), min(hits, of)
    up = sum(_hypergeometric(k, total, hits, of) for k in range(said, high + 1))
    down = sum(_hypergeometric(k, total, hits, of) for k in range(low, said + 1))
    return min(1.0, 2 * min(up, down))


def _hypergeometric(k: int, total: int, hits: int, drawn: int) -> float:
    return exp(_choose(hits, k) + _choose(total - hits, drawn - k) - _choose(total, drawn))


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _counts(statements: Iterable[Statement]) -> dict[str, dict[str, _Counted]]:
    """Mark -> officer -> what was said of it. A statement is of each officer who stands for it."""
    of: defaultdict[str, Counter[str]] = defaultdict(Counter)
    said: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in statements:
        for mark in one.marks:
            asked = [name for name, question in QUESTIONS.items() if question(one, mark)]
            for officer in set(one.voices):
                of[mark][officer] += 1
                said[mark, officer].update(asked)
    return {
        mark: {officer: _Counted(of=times, said=said[mark, officer]) for officer, times in officers.items()}
        for mark, officers in of.items()
    }


def _of_mark(mark: str, officers: Mapping[str, _Counted], limits: Flipping) -> list[Suspect]:
    left, found = dict(officers), list[Suspect]()
    tests = len(officers) * len(QUESTIONS)
    most = (len(officers) - 1) // 2  # more than half of them are the consensus
    while len(left) >= limits.officers and len(found) < most:
        worst = min(_uneven(mark, left, tests, limits), key=lambda one: (one.chance, one.officer), default=None)
        if worst is None or worst.chance >= limits.alpha:
            break
        found.append(worst)
        del left[worst.officer]
    return sorted(found, key=lambda one: one.officer)


def _uneven(mark: str, officers: Mapping[str, _Counted], tests: int, limits: Flipping) -> Sequence[Suspect]:
    found = []
    all_of = sum(one.of for one in officers.values())
    for question in QUESTIONS:
        all_said = sum(one.said.get(question, 0) for one in officers.values())
        for officer, one in officers.items():
            said, others = one.said.get(question, 0), all_of - one.of
            if one.of < limits.fewest or others == 0:
                continue
            others_said = all_said - said
            if abs(said / one.of - others_said / others) < limits.difference:
                continue
            by_chance = min(1.0, tests * chance(said, one.of, others_said, others))
            found.append(
                Suspect(
                    officer=officer,
                    mark_id=mark,
                    question=question,
                    said=said,
                    of=one.of,
                    others_said=others_said,
                    others_of=others,
                    chance=by_chance,
                )
            )
    return found
