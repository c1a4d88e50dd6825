"""/v1/alerts: officers look at suspicions and decide them."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.alerts.schemas import AlertOut, AlertPage, DecisionIn, Status
from service.answers import problems
from service.parts import PartsDep

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])


@router.get("", summary="List alerts", responses=problems(422))
def list_alerts(
    parts: PartsDep,
    status: Annotated[Status | None, Query(description="Only open or only decided ones.")] = None,
    station: Annotated[str | None, Query(description="Only of this station.")] = None,
    holder: Annotated[str | None, Query(description="Only of this right holder.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Alerts on a page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before.")] = None,
) -> AlertPage:
    """Alerts, newest first, a page at a time."""
    return parts.alerts.page(status=status, station=station, holder=holder, cursor=cursor, limit=limit)


@router.get("/{alert_id}", summary="Show an alert", responses=problems(404))
def get_alert(alert_id: str, parts: PartsDep) -> AlertOut:
    """One alert with its sightings, reasons and, once decided, the decision."""
    return parts.alerts.get(alert_id)


@router.post("/{alert_id}/decisions", summary="Decide an alert", responses=problems(404, 409, 422))
def post_decision(alert_id: str, decision: DecisionIn, parts: PartsDep) -> AlertOut:
    """Decide an open alert. Whoever comes second gets 409 with the decision that stands."""
    return parts.alerts.decide(alert_id, decision)
