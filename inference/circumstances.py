"""What else speaks for or against a suspicion: who sends the goods, and which goods are declared. Pure.

A recorded mark was found; that alone is no suspicion where an authorised user sends the goods. An exact identifier of
an authorised user clears; a name never does. Goods outside the recordation's classes lower the score. Nothing raises
it: it stays the calibrated probability that the mark is there, or less.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from inference.parties import ALIKE, likeness
from inference.saying import said
from inference.vocabulary import Reason

Outcome = Literal["suspected", "authorised_party", "other_goods"]
PartyRelation = Literal["authorised", "not_listed", "unknown"]
GoodsRelation = Literal["same", "different", "unknown"]

OTHER_GOODS = 1.0  # log-odds taken off for goods outside the classes: a declaration is a claim, so never all of it
LEAST = 1e-6  # scores closer to 0 or 1 have no usable log-odds


@dataclass(frozen=True, kw_only=True)
class Party:
    """Somebody, by name and by (type, value) of identifiers."""

    name: str | None = None
    identifiers: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Authorised:
    """A party that may use the mark: on which days (both included) and for which Nice classes (none: for all)."""

    party: Party
    role: str = "licensee"
    since: date | None = None
    until: date | None = None
    classes: frozenset[int] = frozenset()

    def on(self, day: date) -> bool:
        """Whether it may on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, kw_only=True)
class Filed:
    """What the recordation of a matched mark says."""

    number: str
    holder: Party
    classes: frozenset[int] = frozenset()  # Nice; none: not recorded for goods (symbols)
    users: tuple[Authorised, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What was declared with a parcel: each of its goods as the Nice classes it may fall under, none if unknown."""

    consignor: Party = Party()
    consignee: Party = Party()
    goods: tuple[frozenset[int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """A suspicion in its circumstances."""

    outcome: Outcome
    score: float  # 0..1, at most what it was
    party: PartyRelation
    goods: GoodsRelation
    reasons: tuple[Reason, ...]


def weigh(score: float, threshold: float, filed: Filed, declared: Declared, day: date) -> Weighed:
    """Weigh a suspicion of `score` (0..1) by the recordation and the declaration, on the day of the scan.

    It is `authorised_party` if the consignor is the right holder or an authorised user by an exact identifier,
    `other_goods` if goods outside the classes bring the score below `threshold`, otherwise `suspected`.
    """
    goods = goods_relation(filed.classes, declared.goods)
    lowered = lower(score, OTHER_GOODS) if goods == "different" else score
    cleared = _clearing(filed, declared, day)
    reasons = [*_of_party(filed, declared, day, cleared), *_of_goods(filed, goods)]
    known = bool(declared.consignor.identifiers)
    outcome: Outcome = "suspected" if lowered >= threshold else "other_goods"
    return Weighed(
        outcome="authorised_party" if cleared else outcome,
        score=lowered,
        party="authorised" if cleared else "not_listed" if known else "unknown",
        goods=goods,
        reasons=tuple(reasons),
    )


def goods_relation(recorded: frozenset[int], declared: Sequence[frozenset[int]]) -> GoodsRelation:
    """Whether any declared goods may fall under the recorded classes; different only if none of them can."""
    if not recorded or not declared:
        return "unknown"
    if any(classes & recorded for classes in declared):
        return "same"
    return "different" if all(declared) else "unknown"


def lower(score: float, logits: float) -> float:
    """A probability with `logits` taken off its log-odds."""
    clipped = min(1 - LEAST, max(LEAST, score))
    return min(score, 1 / (1 + math.exp(logits - math.log(clipped / (1 - clipped)))))


def _clearing(filed: Filed, declared: Declared, day: date) -> Reason | None:
    """Why the consignor may use the mark; None if it may not, as far as is known."""
    sender = declared.consignor
    if shared := sorted(sender.identifiers & filed.holder.identifiers):
        return said("party_is_holder", -1.0, identifier=_shown(shared[0]))
    for user in _listed(filed, sender):
        if user.on(day) and _covers(user, declared.goods):
            shared = sorted(sender.identifiers & user.party.identifiers)
            return said("authorised_party", -1.0, **_named(user), identifier=_shown(shared[0]))
    return None


def _of_party(filed: Filed, declared: Declared, day: date, cleared: Reason | None) -> Iterator[Reason]:
    if cleared is not None:
        yield cleared
        return
    sender, receiver = declared.consignor, declared.consignee
    for user in _listed(filed, sender):
        yield _not_now(user, day)
    if sender.identifiers and not _listed(filed, sender):
        yield said("party_not_listed", 0.2, count=str(len(filed.users)), number=filed.number)
    yield from _resembling(filed, sender)
    for user in _listed(filed, receiver):
        yield said("consignee_authorised", -0.3, **_named(user))


def _not_now(user: Authorised, day: date) -> Reason:
    """Why an authorised user does not clear this parcel."""
    if not user.on(day):
        days = {"since": str(user.since or "ever"), "until": str(user.until or "no end"), "day": str(day)}
        return said("authorisation_not_in_force", 0.3, party=str(user.party.name), **days)
    return said("authorised_for_other_goods", 0.3, party=str(user.party.name), classes=_listing(user.classes))


def _resembling(filed: Filed, sender: Party) -> Iterator[Reason]:
    """The authorised user whose name is most like the consignor's: shown, and of no weight."""
    if not sender.name or _listed(filed, sender):
        return
    rated = [(likeness(sender.name, user.party.name), user.party.name) for user in filed.users if user.party.name]
    best = max(rated, default=(0.0, ""))
    if best[0] >= ALIKE:
        yield said("party_name_resembles", 0.0, party=best[1], likeness=f"{best[0]:.2f}")


def _of_goods(filed: Filed, relation: GoodsRelation) -> Iterator[Reason]:
    values = {"number": filed.number, "classes": _listing(filed.classes)}
    if relation == "different":
        yield said("goods_outside_classes", -0.5, **values)
    if relation == "same":
        yield said("goods_within_classes", 0.2, **values)


def _listed(filed: Filed, party: Party) -> list[Authorised]:
    return [user for user in filed.users if user.party.identifiers & party.identifiers]


def _covers(user: Authorised, goods: Sequence[frozenset[int]]) -> bool:
    """Whether all declared goods may be among those the user is authorised for."""
    return not user.classes or all(not classes or classes & user.classes for classes in goods)


def _named(user: Authorised) -> dict[str, str]:
    return {"role": user.role, "party": str(user.party.name)}


def _listing(classes: frozenset[int]) -> str:
    return ", ".join(str(number) for number in sorted(classes))


def _shown(identifier: tuple[str, str]) -> str:
    return f"{identifier[0].upper()} {identifier[1]}"
