"""Jobs: what is done beside the requests, how far it is, ending one, and beginning a retraining."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from service.console.access import OnlookerDep, OperatorDep
from service.console.forms import filled, in_place
from service.console.rendering import page
from service.console.route import PageRoute
from service.errors import ServiceError
from service.identity.principal import Principal
from service.jobs.schemas import JobOut
from service.parts import Parts, PartsDep
from service.retraining.schemas import RetrainIn

router = APIRouter(prefix="/console/jobs", route_class=PageRoute, include_in_schema=False)
SHOWN = 100
ROLES = ("embedder", "detector", "xray_embedder", "xray_detector")
MODES = ("full", "smoke")


@router.get("")
def jobs(request: Request, parts: PartsDep, who: OnlookerDep) -> Response:
    """All of them, the newest first."""
    return page(request, "jobs.html", who, _listed(parts, who) | {"wrong": None})


@router.post("")
def retrain(
    request: Request,
    parts: PartsDep,
    who: OperatorDep,
    roles: Annotated[list[str], Form(max_length=10)] = [],  # noqa: B006 - FastAPI copies it
    mode: Annotated[str, Form(max_length=20)] = "full",
    minutes: Annotated[str, Form(max_length=20)] = "60",
) -> Response:
    """Begin a retraining, and see its job."""
    asked = filled(RetrainIn, {"roles": roles, "mode": mode, "minutes": minutes})
    try:
        job = parts.learning.asking.retrain(asked, who.name)
    except ServiceError as error:
        values = _listed(parts, who) | {"wrong": in_place(request, who, error)}
        return page(request, "jobs.html", who, values, status=error.status)
    return _seen(request, who, job, address=f"/console/jobs/{job.id}")


@router.get("/{job_id}")
def job(job_id: str, request: Request, parts: PartsDep, who: OnlookerDep) -> Response:
    """One job and how far it is."""
    return _seen(request, who, parts.learning.jobs.get(job_id, within=who.office))


@router.get("/{job_id}/events")
def moved(job_id: str, request: Request, parts: PartsDep, who: OnlookerDep) -> Response:
    """How far it is by now: what the page asks for by itself, which keeps no session alive."""
    found = parts.learning.jobs.get(job_id, within=who.office)
    return page(request, "_job_progress.html", who, {"job": found})


@router.post("/{job_id}/cancellation")
def cancel(job_id: str, request: Request, parts: PartsDep, who: OperatorDep) -> Response:
    """Have it end."""
    found = parts.learning.jobs.get(job_id, within=who.office)
    try:
        return _seen(request, who, parts.learning.jobs.cancel(job_id, who.name))
    except ServiceError as error:
        return _seen(request, who, found, wrong=in_place(request, who, error), status=error.status)


def _seen(
    request: Request,
    who: Principal,
    found: JobOut,
    *,
    wrong: tuple[str, str] | None = None,
    status: int = 200,
    address: str | None = None,
) -> Response:
    headers = {} if address is None else {"HX-Push-Url": address}
    return page(request, "job.html", who, {"job": found, "wrong": wrong}, status=status, headers=headers)


def _listed(parts: Parts, who: Principal) -> dict[str, Any]:
    return {"jobs": parts.learning.jobs.list(None, SHOWN, within=who.office).items, "roles": ROLES, "modes": MODES}
