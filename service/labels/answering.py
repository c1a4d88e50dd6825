"""From an answered task to what it says. Pure: one officer's word, like a decision's."""

from collections.abc import Mapping
from typing import Any

from service.labels.boxes import clipped
from service.labels.exclusions import Exclusions
from service.labels.rules import LabelRules
from service.labels.statements import Box, Left, Picture, Statement
from service.tables import LabelTaskRow


def said(
    task: LabelTaskRow,
    pictures: tuple[Picture, ...],
    holders: Mapping[str, str],
    rules: LabelRules,
    excluded: Exclusions,
) -> Statement | Left:
    """What an answered task says of its place; or why it counts for nothing."""
    answer, source = task.answer or {}, f"task:{task.id}"
    officer = task.answered_by or ""
    reason = excluded.of(officer=officer, office=task.office)
    picture = pictures[task.view] if 0 <= task.view < len(pictures) else None
    if reason is None and picture is not None:
        reason = excluded.of(station=picture.station)
    if reason is not None or answer.get("category") not in ("logo", "not_a_logo"):
        return Left(source=source, reason=reason or "says_nothing")
    box = None if picture is None else clipped(_box(answer, task.document), picture, rules.inside)
    if picture is None or box is None or task.answered_at is None:
        return Left(source=source, reason="outside")
    mark = answer.get("mark_id")
    return Statement(
        source=source,
        picture=picture,
        box=box,
        category=answer["category"],
        mark_id=mark,
        holder=None if mark is None else holders.get(mark),
        strength="weak",
        authenticity="unknown",
        suspected=task.document.get("mark_id"),
        score=float(task.document.get("score", 0.0)),
        candidates=frozenset(task.document.get("candidates", ())),
        voices=(officer,),
        office=task.office,
        at=task.answered_at,
    )


def _box(answer: Mapping[str, Any], document: Mapping[str, Any]) -> Box:
    x1, y1, x2, y2 = answer.get("box") or document["box"]
    return float(x1), float(y1), float(x2), float(y2)
