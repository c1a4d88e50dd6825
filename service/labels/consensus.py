"""Several statements about one place become one, or none where people differ. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from service.labels.boxes import overlap
from service.labels.statements import STRENGTHS, Left, Statement


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """What is left to say, and what is not."""

    statements: tuple[Statement, ...]
    left: tuple[Left, ...]


def agree(statements: Iterable[Statement], least_overlap: float) -> Agreed:
    """One statement for each place of each picture, whatever the order in which they come.

    Two officers who say the same make it strong. Where they differ, the stronger word stands; of equals none does.
    """
    of_picture: defaultdict[str, list[Statement]] = defaultdict(list)
    for one in sorted(statements, key=_rank):
        of_picture[one.picture.sha256].append(one)
    kept: list[Statement] = []
    left: list[Left] = []
    for sha256 in sorted(of_picture):
        for place in _places(of_picture[sha256], least_overlap):
            stands = _settled(place)
            kept += [] if stands is None else [stands]
            left += _lost(place, stands)
    return Agreed(statements=tuple(kept), left=tuple(left))


def _rank(one: Statement) -> tuple[int, str]:
    return STRENGTHS.index(one.strength), one.source


def _places(statements: Sequence[Statement], least: float) -> list[list[Statement]]:
    """Those that overlap, together; the strongest first."""
    places: list[list[Statement]] = []
    for one in statements:
        near = next((place for place in places if overlap(place[0].box, one.box) >= least), None)
        if near is None:
            places.append([one])
        else:
            near.append(one)
    return places


def _settled(place: Sequence[Statement]) -> Statement | None:
    best = [one for one in place if one.strength == place[0].strength]
    if len({one.says for one in best}) > 1:
        return None
    same = [one for one in place if one.says == place[0].says]
    voices = tuple(dict.fromkeys(name for one in same for name in one.voices))
    raised = place[0].strength == "weak" and len(voices) > 1
    said = {one.authenticity for one in best}
    return replace(
        place[0],
        voices=voices,
        strength="strong" if raised else place[0].strength,
        authenticity=said.pop() if len(said) == 1 else "unknown",
        beside=tuple(dict.fromkeys(item for one in same for item in one.beside)),
    )


def _lost(place: Sequence[Statement], stands: Statement | None) -> list[Left]:
    if stands is None:
        return [Left(source=one.source, reason="conflict") for one in place]
    return [Left(source=one.source, reason="joined" if one.says == stands.says else "overruled") for one in place[1:]]
