"""What officers do with an alert: claim, decide, undo, note, step back. Each answers with what is to be seen next."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.alerts.deciding import Officer
from service.alerts.schemas import AlertOut, DecisionIn
from service.console.access import Desk, DeskDep, query_of
from service.console.rendering import page, strings
from service.console.review import shown
from service.console.route import PageRoute
from service.errors import InvalidRequest, OvertakenAlert

router = APIRouter(prefix="/console/alerts/{alert_id}", route_class=PageRoute, include_in_schema=False)
start_router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
Text = Annotated[str, Form(max_length=2000)]
TRIES = 5


@start_router.post("/start")
def start(desk: DeskDep) -> Response:
    """The most urgent alert, claimed."""
    return go_on(desk, "", None)


@router.post("/claims")
def claim(alert_id: str, desk: DeskDep) -> Response:
    """Hold the alert, or hold it longer, and see it."""
    try:
        desk.parts.deciding.claim(alert_id, desk.officer)
    except OvertakenAlert as error:
        return overtaken(desk, alert_id, error)
    return see(desk, alert_id)


@router.post("/releases")
def let_go(alert_id: str, desk: DeskDep) -> Response:
    """Let go of it."""
    desk.parts.deciding.unclaim(alert_id, desk.officer)
    return see(desk, alert_id)


@router.post("/notes")
def note(
    alert_id: str,
    desk: DeskDep,
    note: Text = "",
) -> Response:
    """Leave a note for whoever looks next."""
    desk.parts.deciding.note(alert_id, desk.officer, note.strip())
    return see(desk, alert_id)


@router.post("/recusals")
def recuse(
    alert_id: str,
    desk: DeskDep,
    reason: Annotated[str, Form(min_length=1, max_length=2000)],
) -> Response:
    """Have nothing to do with it, and go on to the next."""
    desk.parts.deciding.recuse(alert_id, desk.officer, reason)
    return go_on(desk, alert_id, None)


@router.post("/decisions")
async def decide(alert_id: str, desk: DeskDep) -> Response:
    """Decide, and go on to the next; whoever was overtaken sees what stands."""
    decision = _decision(dict(await desk.request.form()))
    return await run_in_threadpool(_decide, desk, alert_id, decision)


def _decide(desk: Desk, alert_id: str, decision: DecisionIn) -> Response:
    try:
        decided = desk.parts.deciding.decide(alert_id, desk.officer, decision)
    except OvertakenAlert as error:
        decided = desk.parts.alerts.get(alert_id, within=desk.officer.office)
        if not _own(decided, desk.officer, decision):
            return overtaken(desk, alert_id, error)
    return go_on(desk, alert_id, decided)


def _own(alert: AlertOut, officer: Officer, decision: DecisionIn) -> bool:
    """Whether it was decided just so by this officer: the answer got lost on its way, and the page asked again."""
    stands = alert.decision
    return stands is not None and (stands.officer, stands.action) == (officer.name, decision.action)


@router.post("/undo")
def undo(alert_id: str, desk: DeskDep) -> Response:
    """Take a decision back, and see its alert again."""
    try:
        desk.parts.deciding.undo(alert_id, desk.officer)
    except OvertakenAlert as error:
        return overtaken(desk, alert_id, error)
    return see(desk, alert_id)


def see(desk: Desk, alert_id: str, told: dict[str, Any] | None = None, status: int = 200) -> Response:
    """The alert, as the part of the page that is swapped."""
    values = shown(desk.parts, desk.who, alert_id, desk.filters) | {"told": told}
    headers = {"HX-Push-Url": f"/console/alerts/{alert_id}{query_of(desk.filters)}"}
    return page(desk.request, "alert.html", desk.who, values, status=status, headers=headers)


def go_on(desk: Desk, alert_id: str, decided: AlertOut | None) -> Response:
    """The next alert, claimed; or that there is none."""
    parts, officer, query = desk.parts, desk.officer, query_of(desk.filters)
    told = None if decided is None else {"kind": "decided", "alert": decided, **parts.reviewing.known(decided.id)}
    for _ in range(TRIES):  # whoever else asks for the next one at this moment may be faster
        found = parts.reviewing.next(officer, desk.filters, skip=alert_id)
        if found is None:
            break
        try:
            parts.deciding.claim(found, officer)
        except OvertakenAlert:
            continue
        return see(desk, found, told)
    values = {"told": told, "query": query, "undo_seconds": parts.deciding.rules.undo_seconds}
    headers = {"HX-Push-Url": f"/console/worklist{query}"}
    return page(desk.request, "done.html", desk.who, values, headers=headers)


def overtaken(desk: Desk, alert_id: str, error: OvertakenAlert) -> Response:
    """What the alert is now, with a word on why nothing was done."""
    t = strings(desk.request, desk.who)
    told = {"kind": "overtaken", "text": t(f"problem.{error.code}"), "current": error.current}
    return see(desk, alert_id, told, status=error.status)


def _decision(form: dict[str, Any]) -> DecisionIn:
    """The decision in a form. Raises InvalidRequest naming the field."""
    given = {name: form[name] for name in ("action", "reason_code", "reason", "mark_id") if form.get(name)}
    if form.get("group") == "1":
        given["group"] = True
    if form.get("box"):
        given["correction"] = {"view": form.get("view", 0), "box": str(form["box"]).split(",")}
    try:
        return DecisionIn.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "action"
        raise InvalidRequest(f"{field}: {first['msg']}", field=field) from error
