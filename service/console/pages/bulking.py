"""Many alerts at once: the preview, and deciding what it showed."""

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import Response

from service.alerts.schemas import DecisionIn
from service.console.access import Desk, DeskDep, query_of
from service.console.rendering import page
from service.console.route import PageRoute
from service.errors import InvalidRequest

router = APIRouter(prefix="/console/bulk", route_class=PageRoute, include_in_schema=False)


@router.post("/preview")
async def preview(desk: DeskDep) -> Response:
    """What would happen. Nothing does."""
    alerts, decision = _asked(await desk.request.form())
    return await run_in_threadpool(_preview, desk, alerts, decision)


@router.post("/decide")
async def decide(desk: DeskDep) -> Response:
    """Decide, and say what became of each. It wants a password given lately."""
    desk.parts.identity.need_recent_password(desk.who)
    alerts, decision = _asked(await desk.request.form())
    items = await run_in_threadpool(desk.parts.bulk.decide, alerts, desk.officer, decision)
    values = {"items": items, "decision": decision, "query": query_of(desk.filters)}
    return page(desk.request, "bulk_done.html", desk.who, values)


def _preview(desk: Desk, alerts: list[str], decision: DecisionIn) -> Response:
    rule = desk.parts.deciding.rules.outcomes[decision.action]
    shown = desk.parts.bulk.preview(alerts, desk.officer, decision)
    values = {
        "shown": shown,
        "decision": decision,
        "reasons": rule.reasons,
        "needs_reason": rule.needs_reason,
        "query": query_of(desk.filters),
        "threshold": desk.parts.inspector.threshold,
    }
    return page(desk.request, "bulk.html", desk.who, values)


def _asked(form: FormData) -> tuple[list[str], DecisionIn]:
    """The selection and the outcome in a form. Raises InvalidRequest."""
    given = {name: str(form[name]).strip() for name in ("action", "reason_code", "reason") if form.get(name)}
    try:
        decision = DecisionIn.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "action"
        raise InvalidRequest(f"{field}: {first['msg']}", field=field) from error
    return [str(alert) for alert in form.getlist("alerts")], decision
