"""Thresholds: their versions, what last week would have looked like with others, and setting them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service.console.access import OnlookerDep, OperatorDep
from service.console.forms import filled, in_place
from service.console.rendering import page
from service.console.route import PageRoute
from service.console.setting import marks_text, rows, thresholds_in
from service.errors import InvalidRequest, ServiceError
from service.identity.principal import Principal
from service.modelops.documents import ThresholdsIn
from service.modelops.schemas import StepIn, ThresholdsChange
from service.parts import Parts, PartsDep

router = APIRouter(prefix="/console/models/thresholds", route_class=PageRoute, include_in_schema=False)
PAST = timedelta(days=7)
LARGEST = 1_000_000  # characters of a document
Reason = Annotated[str, Form(max_length=2000)]


@router.get("")
def thresholds(request: Request, parts: PartsDep, who: OnlookerDep) -> Response:
    """The versions, and a form that begins with the one at work."""
    return page(request, "thresholds.html", who, _shown(parts, who) | {"wrong": None})


@router.post("/preview")
async def preview(request: Request, parts: PartsDep, who: OperatorDep) -> Response:
    """What last week would have looked like; nothing is changed."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    wanted = thresholds_in(form)
    return await run_in_threadpool(_preview, request, parts, who, wanted)


@router.post("")
def put(
    request: Request,
    parts: PartsDep,
    who: OperatorDep,
    document: Annotated[str, Form(max_length=LARGEST)],
    reason: Reason = "",
) -> Response:
    """Put to work what was looked at."""
    parts.identity.need_recent_password(who)
    change = {"thresholds": _document(document), "reason": reason}
    return _moved(
        request, parts, who, lambda: parts.learning.thresholds.put(who.name, filled(ThresholdsChange, change))
    )


@router.post("/{version}/use")
def use(version: int, request: Request, parts: PartsDep, who: OperatorDep, reason: Reason = "") -> Response:
    """Put an earlier version to work again."""
    step = filled(StepIn, {"reason": reason})
    return _moved(request, parts, who, lambda: parts.learning.thresholds.use(version, who.name, step))


def _preview(request: Request, parts: Parts, who: Principal, wanted: ThresholdsIn) -> Response:
    told = parts.learning.simulation.week(wanted, datetime.now(UTC) - PAST, None, office=who.office)
    values = {"told": told, "document": wanted.model_dump_json(), "days": PAST.days}
    return page(request, "_simulated.html", who, values)


def _moved(request: Request, parts: Parts, who: Principal, act: Callable[[], object]) -> Response:
    wrong, status = None, 200
    try:
        act()
    except ServiceError as error:
        wrong, status = in_place(request, who, error), error.status
    return page(request, "thresholds.html", who, _shown(parts, who) | {"wrong": wrong}, status=status)


def _shown(parts: Parts, who: Principal) -> dict[str, Any]:
    listed = parts.learning.thresholds.list()
    at_work = next((one for one in listed.items if one.version == listed.at_work), None)
    present = ThresholdsIn() if at_work is None else at_work.thresholds
    inspector = parts.inspector
    return {
        "listed": listed,
        "present": present,
        "marks": marks_text(present),
        "rows": rows(present, [station.name for station in parts.stations.list(who.office)]),
        "shipped": inspector.threshold,
    }


def _document(text: str) -> ThresholdsIn:
    try:
        return ThresholdsIn.model_validate_json(text)
    except ValueError as error:
        raise InvalidRequest("it is no document of thresholds", field="document") from error
