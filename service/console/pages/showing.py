"""One alert, with all that speaks for and against it."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from service.console.access import FiltersDep, ReviewerDep, officer_of, query_of
from service.console.rendering import HEADERS, page
from service.console.review import shown
from service.console.route import PageRoute
from service.parts import PartsDep

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)


@router.get("/alerts/next")
def next_alert(request: Request, parts: PartsDep, who: ReviewerDep, filters: FiltersDep, skip: str = "") -> Response:
    """What will come after this alert, so that its pictures can be fetched before."""
    found = parts.reviewing.next(officer_of(who), filters, skip=skip)
    if found is None:
        return JSONResponse({"alert": None, "pictures": []}, headers=HEADERS)
    alert = parts.alerts.get(found, within=who.office)
    scan = parts.scans.get(alert.scan_id, within=who.office)
    pictures = [f"/console/scans/{scan.id}/views/{alert.sightings[0].view}"]
    pictures += [f"/console/artwork/{item.reference}" for item in alert.sightings[0].candidates[:1]]
    url = f"/console/alerts/{found}{query_of(filters)}"
    return JSONResponse({"alert": found, "url": url, "pictures": pictures}, headers=HEADERS)


@router.get("/alerts/{alert_id}")
def alert(alert_id: str, request: Request, parts: PartsDep, who: ReviewerDep, filters: FiltersDep) -> Response:
    """The alert's page."""
    return page(request, "alert.html", who, shown(parts, who, alert_id, filters) | {"told": None})
