"""Questions from which models learn most: one place after the other, answered by a key."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from service.console.access import Desk, DeskDep, ReviewerDep
from service.console.cutting import cut
from service.console.forms import filled, in_place
from service.console.rendering import page
from service.console.route import PageRoute
from service.errors import ServiceError
from service.identity.roles import Permission
from service.parts import Parts, PartsDep
from service.sampling.schemas import AnswerIn, TaskOut

router = APIRouter(prefix="/console/questions", route_class=PageRoute, include_in_schema=False)
KEYS = 9  # candidates that have a key


@router.get("")
def questions(request: Request, parts: PartsDep, who: ReviewerDep) -> Response:
    """How many there are."""
    who.need(Permission.DECIDE)
    counts = parts.learning.tasks.counts(who.office)
    return page(request, "questions.html", who, {"counts": counts, "task": None, "wrong": None})


@router.post("/next")
def begin(desk: DeskDep) -> Response:
    """The most urgent one."""
    return _next(desk)


@router.post("/{task_id}/answers")
def answer(
    task_id: str,
    desk: DeskDep,
    category: Annotated[str, Form(max_length=40)],
    mark_id: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Say what is there, and see the next one."""
    said = filled(AnswerIn, {"category": category, "mark_id": mark_id or None})
    try:
        desk.parts.learning.tasks.answer(task_id, desk.officer, said)
    except ServiceError as error:
        return _next(desk, in_place(desk.request, desk.who, error), error.status)
    return _next(desk)


@router.post("/{task_id}/skips")
def skip(task_id: str, desk: DeskDep) -> Response:
    """Pass it over, and see the next one."""
    try:
        desk.parts.learning.tasks.skip(task_id, desk.officer)
    except ServiceError as error:
        return _next(desk, in_place(desk.request, desk.who, error), error.status)
    return _next(desk)


def _next(desk: Desk, wrong: tuple[str, str] | None = None, status: int = 200) -> Response:
    tasks = desk.parts.learning.tasks
    taken = tasks.take(desk.officer, 1).items
    values: dict[str, Any] = {"counts": tasks.counts(desk.who.office), "wrong": wrong, "task": None}
    if taken:
        values |= _shown(desk.parts, taken[0], desk.who.office)
    return page(desk.request, "questions.html", desk.who, values, status=status)


def _shown(parts: Parts, task: TaskOut, office: str | None) -> dict[str, Any]:
    """The place, and the marks that it may be; a mark that is no longer recorded cannot be said."""
    scan = parts.scans.get(task.scan_id, within=office)
    view = scan.views[task.view]
    known = parts.marks.known(task.candidates)
    return {
        "task": task,
        "scan": scan,
        "picture": f"/console/scans/{scan.id}/views/{task.view}",
        "place": cut(task.box, view.width, view.height),
        "candidates": [known[mark] for mark in task.candidates if mark in known][:KEYS],
    }
