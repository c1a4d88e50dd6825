"""Whether what comes in is as it was: alarms, small plots, the accuracy of the routine, and what can be learnt from."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from service.console.access import OnlookerDep, OperatorDep
from service.console.drifting import rows
from service.console.forms import filled, in_place
from service.console.rendering import page
from service.console.route import PageRoute
from service.drift.schemas import AcknowledgementIn
from service.errors import ServiceError
from service.identity.principal import Principal
from service.parts import Parts, PartsDep

router = APIRouter(prefix="/console/drift", route_class=PageRoute, include_in_schema=False)
DAYS, WEEKS, ALARMS = 42, 8, 50
STATIONS = 12  # whose plots are drawn unless one is chosen
MARKS = 30  # of the labels' table
Station = Annotated[str, Query(max_length=64)]


@router.get("")
def drift(request: Request, parts: PartsDep, who: OnlookerDep, station: Station = "") -> Response:
    """All of it, at some stations or at one."""
    return page(request, "drift.html", who, _shown(parts, who, station) | {"wrong": None})


@router.post("/{alarm_id}/acknowledgements")
def acknowledge(
    alarm_id: str,
    request: Request,
    parts: PartsDep,
    who: OperatorDep,
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Somebody knows of it."""
    said, wrong, status = filled(AcknowledgementIn, {"note": note.strip() or None}), None, 200
    try:
        parts.learning.drift.acknowledge(alarm_id, by=who.name, note=said.note, office=who.office)
    except ServiceError as error:
        wrong, status = in_place(request, who, error), error.status
    return page(request, "drift.html", who, _shown(parts, who, "") | {"wrong": wrong}, status=status)


@router.get("/labels")
def labels(request: Request, parts: PartsDep, who: OnlookerDep) -> Response:
    """What can be learnt from: the part of the page that is asked for last, since all labels are collected for it."""
    counts = parts.learning.labels.counts(None, None, office=who.office)
    marks = sorted(counts.by_mark.items(), key=lambda item: -item[1])[:MARKS]
    return page(request, "_labels.html", who, {"counts": counts, "marks": marks})


def _shown(parts: Parts, who: Principal, station: str) -> dict[str, Any]:
    service, known = parts.learning.drift, [one.name for one in parts.stations.list(who.office)]
    alarms = service.alarms(who.office, limit=ALARMS)
    series = service.all_series(days=DAYS, station=station or None, office=who.office)
    alarmed = {alarm.station for alarm in alarms if alarm.state != "over"}
    seen = sorted({one.station for one in series if one.station}, key=lambda name: (name not in alarmed, name))
    shown = set(seen[:STATIONS])
    return {
        "alarms": alarms,
        "rows": rows([one for one in series if one.station is None or one.station in shown], alarms),
        "station": station,
        "stations": sorted({*seen, *known}),
        "left_out": len(seen) - len(shown),
        "weeks": [(date.fromisoformat(one.week), one) for one in reversed(service.accuracy(WEEKS, who.office).weeks)],
        "days": DAYS,
    }
