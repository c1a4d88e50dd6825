"""/v1/alerts: officers look at suspicions, claim and decide them."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.alerts.deciding import Officer
from service.alerts.schemas import (
    ActIn,
    AlertOut,
    AlertPage,
    DecisionIn,
    NoteIn,
    RecusalIn,
    SecondIn,
    Status,
)
from service.answers import problems
from service.identity.guard import PrincipalDep
from service.identity.principal import Principal
from service.parts import PartsDep

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])


@router.get("", summary="List alerts", responses=problems(422))
def list_alerts(
    parts: PartsDep,
    who: PrincipalDep,
    status: Annotated[Status | None, Query(description="Only open, proposed or decided ones.")] = None,
    station: Annotated[str | None, Query(description="Only of this station.")] = None,
    holder: Annotated[str | None, Query(description="Only of this right holder.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Alerts on a page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before.")] = None,
) -> AlertPage:
    """Alerts, newest first, a page at a time."""
    return parts.alerts.page(
        within=who.office, status=status, station=station, holder=holder, cursor=cursor, limit=limit
    )


@router.get("/{alert_id}", summary="Show an alert", responses=problems(404))
def get_alert(alert_id: str, parts: PartsDep, who: PrincipalDep) -> AlertOut:
    """One alert with its sightings, reasons and, once decided, the decision."""
    return parts.alerts.get(alert_id, within=who.office)


@router.post("/{alert_id}/claims", summary="Claim an alert", responses=problems(404, 409, 422))
def post_claim(alert_id: str, act: ActIn, parts: PartsDep, who: PrincipalDep) -> AlertOut:
    """Hold it for some minutes; again, for some more. Nobody else can decide it meanwhile."""
    return parts.deciding.claim(alert_id, officer(who, act.officer))


@router.post("/{alert_id}/releases", summary="Let go of an alert", responses=problems(404, 422))
def post_release(alert_id: str, act: ActIn, parts: PartsDep, who: PrincipalDep) -> AlertOut:
    """Give up one's claim."""
    return parts.deciding.unclaim(alert_id, officer(who, act.officer))


@router.post("/{alert_id}/notes", summary="Leave a note", responses=problems(404, 422))
def post_note(alert_id: str, note: NoteIn, parts: PartsDep, who: PrincipalDep) -> AlertOut:
    """For whoever looks at it next."""
    return parts.deciding.note(alert_id, officer(who, note.officer), note.note)


@router.post("/{alert_id}/recusals", summary="Recuse oneself", responses=problems(404, 422))
def post_recusal(alert_id: str, recusal: RecusalIn, parts: PartsDep, who: PrincipalDep) -> AlertOut:
    """Have nothing to do with it from now on."""
    return parts.deciding.recuse(alert_id, officer(who, recusal.officer), recusal.reason)


@router.post("/{alert_id}/decisions", summary="Decide an alert", responses=problems(404, 409, 422))
def post_decision(alert_id: str, decision: DecisionIn, parts: PartsDep, who: PrincipalDep) -> AlertOut:
    """Decide an open alert. Whoever comes second gets 409 with the decision that stands."""
    return parts.deciding.decide(alert_id, officer(who, decision.officer), decision)


@router.post("/{alert_id}/undo", summary="Undo a decision", responses=problems(404, 409, 422))
def post_undo(alert_id: str, act: ActIn, parts: PartsDep, who: PrincipalDep) -> AlertOut:
    """Take back one's own decision until it takes effect; 409 afterwards."""
    return parts.deciding.undo(alert_id, officer(who, act.officer))


@router.post(
    "/{alert_id}/seconds", summary="Agree to a proposed decision, or refuse it", responses=problems(404, 409, 422)
)
def post_second(alert_id: str, word: SecondIn, parts: PartsDep, who: PrincipalDep) -> AlertOut:
    """The second officer's word. Whoever proposed the decision cannot give it."""
    return parts.deciding.second(alert_id, officer(who, word.officer), word)


def officer(who: Principal, named: str | None) -> Officer:
    """Under whose name an act is entered. Raises NotYourName."""
    return Officer(name=who.speaks_as(named), account_id=who.account_id, office=who.office)
