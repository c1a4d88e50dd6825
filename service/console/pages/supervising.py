"""The supervisor's page, what should be improved, and both as files."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from service.alerts.overview import By, Overview
from service.alerts.schemas import TIERS
from service.console.plots import bars, wilson
from service.console.rendering import HEADERS, page
from service.console.route import PageRoute
from service.exchange.cells import guarded
from service.identity.guard import PrincipalDep
from service.identity.principal import Principal
from service.identity.roles import Permission
from service.parts import PartsDep

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)


def _supervisor(who: PrincipalDep) -> Principal:
    who.need(Permission.SUPERVISE)
    return who


Name = Annotated[str, Query(max_length=200)]
SupervisorDep = Annotated[Principal, Depends(_supervisor)]


@router.get("/supervisor")
def supervisor(
    request: Request, parts: PartsDep, who: SupervisorDep, mark: Name = "", station: Name = "", model: Name = ""
) -> Response:
    """How the office works; with a mark, station or model, as far as that goes."""
    asked: Sequence[tuple[By, str]] = (("mark", mark), ("station", station), ("model", model))
    only = next(((by, name) for by, name in asked if name), None)
    told = parts.reviewing.overview(who.office, only)
    values = {
        "o": told,
        "only": only,
        "tiers": TIERS,
        "stations": [] if only else parts.stations.list(who.office),
        "days": bars([(day[5:], count) for day, count in told.days], ticks=6),
        "paces": bars([("" if upper is None else str(upper), count) for upper, count in told.paces]),
        "wilson": wilson,
    }
    return page(request, "supervisor.html", who, values)


@router.get("/improving")
def improving(request: Request, parts: PartsDep, who: SupervisorDep) -> Response:
    """What decisions should improve."""
    items = parts.reviewing.proposals(who.office)
    kinds = ("whitelist", "registry", "threshold", "training_label", "duplicate_rule")
    grouped = {kind: [item for item in items if item.improves == kind] for kind in kinds}
    return page(request, "improving.html", who, {"grouped": grouped})


@router.get("/supervisor.csv")
def as_file(parts: PartsDep, who: SupervisorDep) -> Response:
    """Hit rates and reasons as CSV; nothing in it is taken for a formula. That it was taken is in the audit."""
    told = parts.reviewing.exported(who.office, who.name)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="overview.csv"'}
    return Response(_csv(_rows(told)), media_type="text/csv; charset=utf-8", headers=headers)


def _rows(told: Overview) -> Iterable[Sequence[object]]:
    yield "what", "name", "confirmed", "of"
    for by, rates in told.rates.items():
        yield from ((by, rate.name, rate.confirmed, rate.settled) for rate in rates)
    yield from (("reason", f"{action} {reason or ''}".strip(), "", count) for action, reason, count in told.reasons)
    yield from (("day", day, "", count) for day, count in told.days)


def _csv(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([guarded(str(cell)) for cell in row])
    return out.getvalue()
