"""How much one officer or office may teach the models. Pure, and the same whatever the order in which labels come.

What two people stand for is bounded by nobody alone, so only weak labels are left out. A mark's flip direction, which
denies it where the models see it or claims it where they do not, needs the most voices.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from service.labels.flipping import Suspect, suspects
from service.labels.rules import Caps, LabelRules
from service.labels.statements import Left, Statement

Group = tuple[str, str]  # ("mark", …), ("denied", …), ("claimed", …) or ("all", "")
ROUNDS = 50  # each round leaves fewer labels; this many is never seen


@dataclass(frozen=True, kw_only=True)
class Capped:
    """What counts, what does not, and of whom that is because of how they differ."""

    statements: tuple[Statement, ...]
    left: tuple[Left, ...]
    suspects: tuple[Suspect, ...]


def cap(statements: Iterable[Statement], rules: LabelRules) -> Capped:
    """The statements that models may learn from, by source."""
    given = sorted(statements, key=lambda one: one.source)
    found = suspects(given, rules.flipping)
    left: list[Left] = []
    trusted = _without(given, found, left)
    voiced = _sift(trusted, lambda one: _unvoiced(one, rules.caps), left)
    widely = _by_enough(voiced, rules.caps, left)
    for share in _shares(rules.caps):
        widely = share.applied(widely, left)
    return Capped(statements=tuple(widely), left=tuple(left), suspects=found)


def _without(given: Sequence[Statement], found: Sequence[Suspect], left: list[Left]) -> list[Statement]:
    """Without the words of suspects on their marks; what another one said as well is still that one's."""
    known = {(one.officer, one.mark_id) for one in found}
    kept = []
    for one in given:
        voices = tuple(name for name in one.voices if not any((name, mark) in known for mark in one.marks))
        if len(voices) == len(one.voices):
            kept.append(one)
        elif voices:
            kept.append(replace(one, voices=voices, strength="strong" if len(voices) > 1 else "weak"))
        else:
            left.append(Left(source=one.source, reason="differs_from_others"))
    return kept


def _unvoiced(one: Statement, caps: Caps) -> str | None:
    """Why one officer's word is too little here."""
    if one.strength != "weak":
        return None
    if one.denies and one.score >= caps.second_from_score:
        return "needs_second_voice"
    if one.claims and one.mark_id not in one.candidates:
        return "needs_second_voice"  # the models do not see the least likeness
    return None


def _by_enough(given: Sequence[Statement], caps: Caps, left: list[Left]) -> list[Statement]:
    """Weak denials and claims of a mark count if several officers deny or claim it somewhere."""
    who: defaultdict[Group, set[str]] = defaultdict(set)
    for one in given:
        for group in _directions(one):
            who[group].update(one.voices)

    def why(one: Statement) -> str | None:
        alone = any(len(who[group]) < caps.officers_against for group in _directions(one))
        return "too_few_officers" if one.strength == "weak" and alone else None

    return _sift(given, why, left)


def _directions(one: Statement) -> list[Group]:
    denied = [("denied", one.suspected)] if one.denies and one.suspected is not None else []
    return denied + ([("claimed", one.mark_id)] if one.claims and one.mark_id is not None else [])


@dataclass(frozen=True, kw_only=True)
class _Share:
    """No one of a kind gives more than a share of any group."""

    reason: str
    most: float
    caps: Caps
    who: Callable[[Statement], str]
    groups: Callable[[Statement], Sequence[Group]]

    def applied(self, given: Sequence[Statement], left: list[Left]) -> list[Statement]:
        """Without what is too much."""
        members: defaultdict[Group, list[Statement]] = defaultdict(list)
        for one in given:
            for group in self.groups(one):
                members[group].append(one)
        gone = set[str]()
        for group in sorted(members):
            gone |= self._surplus([one for one in members[group] if one.source not in gone])
        return _sift(given, lambda one: self.reason if one.source in gone else None, left)

    def _surplus(self, group: Sequence[Statement]) -> set[str]:
        """Sources of weak statements beyond the share; which ones is by lot, not by who came first or last."""
        counts = Counter(self.who(one) for one in group)
        if len(group) < self.caps.from_labels:
            return set()
        share = min(1.0, max(self.most, self.caps.even_factor / len(counts)))
        drawn: defaultdict[str, list[str]] = defaultdict(list)
        for one in sorted(group, key=lambda one: _lot(one.source)):
            if one.strength == "weak":
                drawn[self.who(one)].append(one.source)
        allowed = _allowed(counts, share)
        return {
            source
            for name, sources in drawn.items()
            for source in sources[max(0, len(sources) - (counts[name] - allowed[name])) :]
            if counts[name] > allowed[name]
        }


def _allowed(counts: Counter[str], share: float) -> dict[str, int]:
    """How many each may give, so that nobody has more than the share of what is left of all of them."""
    allowed = dict(counts)
    for _ in range(ROUNDS):
        total = sum(allowed.values())
        biggest = {name: int(share * total + 1e-9) for name in allowed}
        over = {name: biggest[name] for name, count in allowed.items() if count > max(1, biggest[name])}
        if not over:
            break
        allowed |= {name: max(1, count) for name, count in over.items()}
    return allowed


def _shares(caps: Caps) -> list[_Share]:
    by_mark, by_all = _mark_groups, _all_of_them
    plan = (
        ("officer_share_of_flips", caps.officer_of_flips, _officer, _directions),
        ("officer_share_of_mark", caps.officer_of_mark, _officer, by_mark),
        ("office_share_of_mark", caps.office_of_mark, _office, by_mark),
        ("officer_share_of_all", caps.officer_of_all, _officer, by_all),
        ("office_share_of_all", caps.office_of_all, _office, by_all),
    )
    return [_Share(reason=reason, most=most, caps=caps, who=who, groups=groups) for reason, most, who, groups in plan]


def _officer(one: Statement) -> str:
    return one.voices[0]


def _office(one: Statement) -> str:
    return one.office


def _mark_groups(one: Statement) -> Sequence[Group]:
    return [("mark", mark) for mark in one.marks]


def _all_of_them(_one: Statement) -> Sequence[Group]:
    return [("all", "")]


def _lot(source: str) -> bytes:
    return hashlib.sha256(source.encode()).digest()


def _sift(given: Sequence[Statement], why: Callable[[Statement], str | None], left: list[Left]) -> list[Statement]:
    kept = []
    for one in given:
        reason = why(one)
        if reason is None:
            kept.append(one)
        else:
            left.append(Left(source=one.source, reason=reason))
    return kept
