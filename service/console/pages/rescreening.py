"""Past parcels: looking for a mark in them, and where it was seen."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from service.console.access import DeskDep, ReviewerDep
from service.console.cutting import Cut, cut
from service.console.forms import filled
from service.console.rendering import page
from service.console.route import PageRoute
from service.identity.principal import Principal
from service.jobs.errors import UnknownJob
from service.jobs.schemas import JobOut
from service.parts import Parts, PartsDep
from service.rescreening.jobs import CHANGES, RESCREEN
from service.rescreening.schemas import RescreenOptions
from service.rescreening.showing import HitOut

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
SHOWN = 24  # places on one page
LOOKED_THROUGH = 200  # jobs, for the newest one of a mark
DAYS = (30, 90, 365)
MarkId = Annotated[str, Query(min_length=1, max_length=200)]


@router.post("/rescreenings")
def look(
    desk: DeskDep,
    mark_id: Annotated[str, Form(min_length=1, max_length=200)],
    days: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Look for a mark in past scans, and see how far that is."""
    since = datetime.now(UTC) - timedelta(days=int(days)) if days in map(str, DAYS) else None
    asked = filled(RescreenOptions, {"mark_id": mark_id, "since": since, "office": desk.who.office})
    job = desk.parts.learning.jobs.add(RESCREEN, asked.model_dump(mode="json"), desk.who.name)
    return _seen(desk.request, desk.parts, desk.who, job, address=f"/console/rescreenings/{job.id}")


@router.get("/rescreenings")
def of_mark(request: Request, parts: PartsDep, who: ReviewerDep, mark_id: MarkId) -> Response:
    """What is known of a mark's past: the part of an alert's page that is asked for when it is opened."""
    listed = parts.learning.jobs.list(RESCREEN, LOOKED_THROUGH, within=who.office).items
    job = next((one for one in listed if one.options.get("mark_id") == mark_id), None)
    return page(request, "_past.html", who, {"job": job, "mark_id": mark_id, "days": DAYS})


@router.get("/rescreenings/{job_id}")
def rescreening(
    job_id: str,
    request: Request,
    parts: PartsDep,
    who: ReviewerDep,
    skip: Annotated[int, Query(ge=0, le=20_000)] = 0,
) -> Response:
    """Where a mark was seen."""
    return _seen(request, parts, who, _found(parts, who, job_id), skip=skip)


@router.get("/rescreenings/{job_id}/events")
def moved(job_id: str, request: Request, parts: PartsDep, who: ReviewerDep) -> Response:
    """How far it is by now."""
    return page(request, "_rescreening.html", who, _values(parts, who, _found(parts, who, job_id), 0))


@router.get("/scans/{scan_id}")
def scan(scan_id: str, request: Request, parts: PartsDep, who: ReviewerDep) -> Response:
    """A scan: its first alert, or, where nobody was alerted, its pictures."""
    found = parts.scans.get(scan_id, within=who.office)
    if found.alerts:
        return RedirectResponse(f"/console/alerts/{found.alerts[0]}", status_code=303)
    return page(request, "scan.html", who, {"scan": found})


def _found(parts: Parts, who: Principal, job_id: str) -> JobOut:
    """The job, if it says something of past scans: for a mark, or by other models. Raises UnknownJob."""
    job = parts.learning.jobs.get(job_id, within=who.office)
    if job.kind not in (RESCREEN, CHANGES):
        raise UnknownJob(f"{job_id} says nothing of past scans", field="job_id")
    return job


def _seen(
    request: Request, parts: Parts, who: Principal, job: JobOut, *, skip: int = 0, address: str | None = None
) -> Response:
    headers = {} if address is None else {"HX-Push-Url": address}
    return page(request, "rescreening.html", who, _values(parts, who, job, skip), headers=headers)


def _values(parts: Parts, who: Principal, job: JobOut, skip: int) -> dict[str, Any]:
    hits = parts.learning.hits.page(job.id, limit=SHOWN + 1, skip=skip).items if job.state == "done" else []
    mark_id = job.options.get("mark_id")
    known = parts.marks.known([mark_id] if mark_id else [])
    return {
        "job": job,
        "title": known[mark_id].mark.title if mark_id in known else mark_id or "",
        "hits": [(hit, _place(parts, who, hit)) for hit in hits[:SHOWN]],
        "more": skip + SHOWN if len(hits) > SHOWN else None,
    }


def _place(parts: Parts, who: Principal, hit: HitOut) -> Cut:
    x1, y1, x2, y2 = hit.box
    view = parts.scans.get(hit.scan_id, within=who.office).views[hit.view]
    return cut((x1, y1, x2, y2), view.width, view.height)
