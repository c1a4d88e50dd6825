"""The worklist."""

from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from service.alerts.schemas import TIERS
from service.alerts.worklist import MOST, Place
from service.console.access import FiltersDep, ReviewerDep, officer_of, query_of
from service.console.rendering import page
from service.console.route import PageRoute
from service.errors import InvalidRequest
from service.parts import PartsDep

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)


@router.get("")
def home() -> Response:
    """The console begins with the worklist."""
    return RedirectResponse("/console/worklist", status_code=303)


@router.get("/worklist")
def worklist(request: Request, parts: PartsDep, who: ReviewerDep, filters: FiltersDep, after: str = "") -> Response:
    """What is open, the most urgent first."""
    officer = officer_of(who)
    listed = parts.reviewing.page(officer, filters, after=_place(after))
    values = {
        "listed": listed,
        "filters": filters,
        "query": query_of(filters),
        "after": "" if listed.more is None else _cursor(listed.more),
        "tiers": TIERS,
        "most": MOST,
        "first": not after,
    }
    if request.headers.get("HX-Target") == "lines" or after:
        return page(request, "_lines.html", who, values)
    choices = parts.reviewing.choices(officer)
    views = parts.views.of(who.account_id)
    return page(
        request,
        "worklist.html",
        who,
        values | {"choices": choices, "views": views, "outcomes": parts.deciding.rules.outcomes},
    )


def _cursor(place: Place) -> str:
    return f"{place.tier}~{place.due_at.isoformat()}~{place.priority}~{place.alert_id}"


def _place(text: str) -> Place | None:
    if not text:
        return None
    try:
        tier, due, priority, alert_id = text.split("~")
        return Place(tier=int(tier), due_at=datetime.fromisoformat(due), priority=int(priority), alert_id=alert_id)
    except ValueError as error:
        raise InvalidRequest("it is no place in the worklist", field="after") from error
