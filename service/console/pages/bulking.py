"""Many alerts at once: the preview, and deciding what it showed."""

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import Response

from service.alerts.deciding import Officer
from service.alerts.schemas import DecisionIn
from service.alerts.worklist import Filters
from service.console.access import FiltersDep, OfficerDep, query_of
from service.console.rendering import page
from service.console.route import PageRoute
from service.errors import InvalidRequest
from service.identity.guard import PrincipalDep
from service.identity.principal import Principal
from service.parts import Parts, PartsDep

router = APIRouter(prefix="/console/bulk", route_class=PageRoute, include_in_schema=False)


@router.post("/preview")
async def preview(
    request: Request, parts: PartsDep, who: PrincipalDep, officer: OfficerDep, filters: FiltersDep
) -> Response:
    """What would happen. Nothing does."""
    alerts, decision = _asked(await request.form())
    return await run_in_threadpool(_preview, request, parts, who, officer, filters, alerts, decision)


@router.post("/decide")
async def decide(
    request: Request, parts: PartsDep, who: PrincipalDep, officer: OfficerDep, filters: FiltersDep
) -> Response:
    """Decide, and say what became of each. It wants a password given lately."""
    parts.identity.need_recent_password(who)
    alerts, decision = _asked(await request.form())
    items = await run_in_threadpool(parts.bulk.decide, alerts, officer, decision)
    values = {"items": items, "decision": decision, "query": query_of(filters)}
    return page(request, "bulk_done.html", who, values)


def _preview(
    request: Request,
    parts: Parts,
    who: Principal,
    officer: Officer,
    filters: Filters,
    alerts: list[str],
    decision: DecisionIn,
) -> Response:
    shown = parts.bulk.preview(alerts, officer, decision)
    values = {
        "shown": shown,
        "decision": decision,
        "reasons": parts.deciding.rules.outcomes[decision.action].reasons,
        "needs_reason": parts.deciding.rules.outcomes[decision.action].needs_reason,
        "query": query_of(filters),
        "threshold": parts.inspector.threshold,
    }
    return page(request, "bulk.html", who, values)


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
