"""/v1/drift: whether what comes in, and what is made of it, is as it was; and how accurate the routine is."""

from typing import Annotated

from fastapi import APIRouter, Query

from inference.vocabulary import Modality
from service.answers import problems
from service.drift.schemas import AccuracyOut, AcknowledgementIn, DriftAlarmOut, DriftAlarmsOut, Metric, SeriesOut
from service.identity.guard import PrincipalDep
from service.parts import PartsDep

router = APIRouter(prefix="/v1/drift", tags=["drift"])


@router.get("/series", summary="Show a metric over days", responses=problems(422))
def get_series(
    parts: PartsDep,
    who: PrincipalDep,
    metric: Metric,
    modality: Annotated[Modality, Query(description="Of views; decisions are of both.")] = "photo",
    station: Annotated[str | None, Query(max_length=64, description="At this station only.")] = None,
    subject: Annotated[
        str | None, Query(max_length=200, description="False alarms for this reason only, as outcome/reason.")
    ] = None,
    days: Annotated[int, Query(ge=1, le=366, description="Of UTC, today included.")] = 35,
) -> SeriesOut:
    """At one station, or at all those of one's office together."""
    return parts.learning.drift.series(
        metric, modality=modality, station=station, subject=subject, days=days, office=who.office
    )


@router.get("/accuracy", summary="Show the routine's accuracy by weeks", responses=problems(422))
def get_accuracy(
    parts: PartsDep, who: PrincipalDep, weeks: Annotated[int, Query(ge=1, le=53, description="This one included.")] = 8
) -> AccuracyOut:
    """False alarms by reason, tests that were mixed in, and how soon was decided, with intervals."""
    return parts.learning.drift.accuracy(weeks, who.office)


@router.get("/alarms", summary="List drift alarms", responses=problems(422))
def list_alarms(
    parts: PartsDep,
    who: PrincipalDep,
    live: Annotated[bool | None, Query(description="Only those that are not over, or that are.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DriftAlarmsOut:
    """Of the stations of one's office, and of all stations together, newest first."""
    return DriftAlarmsOut(items=parts.learning.drift.alarms(who.office, live=live, limit=limit))


@router.post(
    "/alarms/{alarm_id}/acknowledgements", summary="Acknowledge a drift alarm", responses=problems(404, 409, 422)
)
def post_acknowledgement(alarm_id: str, said: AcknowledgementIn, parts: PartsDep, who: PrincipalDep) -> DriftAlarmOut:
    """Somebody knows of it; it ends by itself once things have been normal for a day."""
    return parts.learning.drift.acknowledge(alarm_id, by=who.speaks_as(said.officer), note=said.note, office=who.office)
