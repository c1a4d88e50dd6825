"""The second officer: what waits for one, and his or her word."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import ValidationError
from starlette.responses import Response

from service.alerts.schemas import SecondIn
from service.console.access import DeskDep, ReviewerDep, officer_of
from service.console.pages.acting import overtaken, see
from service.console.rendering import page
from service.console.review import can_second
from service.console.route import PageRoute
from service.errors import InvalidRequest, OvertakenAlert
from service.parts import PartsDep

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)


@router.get("/seconds")
def waiting(request: Request, parts: PartsDep, who: ReviewerDep) -> Response:
    """What waits for a second officer."""
    officer = officer_of(who)
    alerts = [(alert, can_second(alert, officer)) for alert in parts.reviewing.proposed(officer)]
    return page(request, "seconds.html", who, {"alerts": alerts})


@router.post("/alerts/{alert_id}/seconds")
def second(
    alert_id: str,
    desk: DeskDep,
    agrees: Annotated[str, Form(pattern="^(yes|no)$")],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Agree, or refuse with a reason."""
    try:
        word = SecondIn(agrees=agrees == "yes", reason=reason.strip() or None)
    except ValidationError as error:
        raise InvalidRequest(error.errors()[0]["msg"], field="reason") from error
    try:
        decided = desk.parts.deciding.second(alert_id, desk.officer, word)
    except OvertakenAlert as error:
        return overtaken(desk, alert_id, error)
    told = {"kind": "seconded" if word.agrees else "refused", "alert": decided, "test": None, "double": None}
    return see(desk, alert_id, told)
