"""Releases of models: which one does what, what each has passed, and the steps of the roll-out."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from service.console.access import OnlookerDep, OperatorDep
from service.console.forms import filled, in_place
from service.console.rendering import page
from service.console.route import PageRoute
from service.console.stepping import ORDER, Step, gate_rows, lacking, since
from service.errors import InvalidRequest, ServiceError
from service.identity.principal import Principal
from service.modelops.schemas import CanaryIn, ShadowIn, StepIn, WordIn
from service.parts import Parts, PartsDep

router = APIRouter(prefix="/console/models", route_class=PageRoute, include_in_schema=False)
SHOWN, TAKEN, LOOKED_THROUGH = 50, 12, 200  # releases; steps of the roll-out, shown and looked through
SENSITIVE = frozenset({"approvals", "canary", "champion"})  # want a password given lately; to go back does not
Reason = Annotated[str, Form(max_length=2000)]
Share = Annotated[float | None, Form(ge=0, le=100)]
Stations = Annotated[list[str], Form(max_length=100)]


@router.get("")
def models(request: Request, parts: PartsDep, who: OnlookerDep) -> Response:
    """Which release does what, and all releases."""
    return page(request, "models.html", who, overview(parts) | {"wrong": None})


@router.post("/rollback")
def rollback(request: Request, parts: PartsDep, who: OperatorDep, reason: Reason = "") -> Response:
    """Back to the champion before, at once."""
    return _moved(request, parts, who, lambda: parts.learning.rollout.rollback(who.name, _step(reason)))


@router.post("/end/{part}")
def end(part: str, request: Request, parts: PartsDep, who: OperatorDep, reason: Reason = "") -> Response:
    """End the shadow or the canary."""
    if part not in ("shadow", "canary"):
        raise InvalidRequest(f"{part[:40]!r}", field="part", limit="shadow, canary")
    return _moved(request, parts, who, lambda: parts.learning.rollout.end(part, who.name, _step(reason)))


@router.get("/{release_id}")
def release(release_id: str, request: Request, parts: PartsDep, who: OnlookerDep) -> Response:
    """One release."""
    return page(request, "release.html", who, one_release(parts, who, release_id) | {"wrong": None})


@router.get("/{release_id}/shadow")
def shadow(release_id: str, request: Request, parts: PartsDep, who: OnlookerDep) -> Response:
    """What it would have changed: the part of its page that is asked for last, since all its looks are read for it."""
    return page(request, "_shadow.html", who, {"report": parts.learning.reporting.shadow(release_id)})


@router.post("/{release_id}/{step}")
def take(
    release_id: str,
    step: Step,
    request: Request,
    parts: PartsDep,
    who: OperatorDep,
    reason: Reason = "",
    share: Share = None,
    stations: Stations = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """One step of the roll-out; what keeps it from being taken is said on the page."""
    if step in SENSITIVE:
        parts.identity.need_recent_password(who)
    wrong, status = None, 200
    try:
        _take(parts, who, release_id, step, reason, None if share is None else share / 100, stations)
    except ServiceError as error:
        wrong, status = in_place(request, who, error), error.status
    values = one_release(parts, who, release_id) | {"wrong": wrong}
    return page(request, "release.html", who, values, status=status)


def overview(parts: Parts) -> dict[str, Any]:
    """What the page of the models shows. Raises NotPossibleNow before there ever were any."""
    now, taken = parts.learning.rollout.now(), parts.learning.rollout.taken(LOOKED_THROUGH)
    releases = parts.learning.releases.list(SHOWN).items
    return {"now": now, "releases": releases, "taken": taken[:TAKEN], "since": since(now, taken)}


def one_release(parts: Parts, who: Principal, release_id: str) -> dict[str, Any]:
    """What the page of a release shows. Raises UnknownRelease."""
    found, now = parts.learning.releases.get(release_id), parts.learning.rollout.now()
    so_far = parts.learning.rollout.so_far(release_id)
    return {
        "release": found,
        "now": now,
        "gates": gate_rows(found.gates),
        "so_far": so_far,
        "steps": ORDER,
        "lacks": lacking(found, now, so_far, who.name),
        "stations": [station.name for station in parts.stations.list(who.office)],
    }


def _take(
    parts: Parts, who: Principal, release_id: str, step: Step, reason: str, share: float | None, stations: list[str]
) -> None:
    rollout, releases = parts.learning.rollout, parts.learning.releases
    if step == "approvals":
        releases.say(release_id, who.name, filled(WordIn, {"reason": reason}), approves=True)
    elif step == "refusals":
        releases.say(release_id, who.name, filled(WordIn, {"reason": reason}), approves=False)
    elif step == "shadow":
        rollout.shadow(
            release_id, who.name, filled(ShadowIn, {"reason": reason, "share": 1.0 if share is None else share})
        )
    elif step == "canary":
        rollout.canary(release_id, who.name, filled(CanaryIn, {"reason": reason, "share": share, "stations": stations}))
    else:
        rollout.promote(release_id, who.name, _step(reason))


def _moved(request: Request, parts: Parts, who: Principal, act: Callable[[], object]) -> Response:
    wrong, status = None, 200
    try:
        act()
    except ServiceError as error:
        wrong, status = in_place(request, who, error), error.status
    return page(request, "models.html", who, overview(parts) | {"wrong": wrong}, status=status)


def _step(reason: str) -> StepIn:
    return filled(StepIn, {"reason": reason})
