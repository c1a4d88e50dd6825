"""/v1/models: releases of models, their roll-out, and the thresholds beside them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from service.answers import problems
from service.identity.guard import PrincipalDep
from service.modelops.schemas import (
    CanaryIn,
    DeploymentOut,
    ReleaseOut,
    ReleasePage,
    ShadowIn,
    ShadowReport,
    Simulated,
    SimulationIn,
    StepIn,
    ThresholdsChange,
    ThresholdsOut,
    ThresholdsPage,
    WordIn,
)
from service.parts import PartsDep

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.get("/releases", summary="List releases of models")
def list_releases(
    parts: PartsDep, limit: Annotated[int, Query(ge=1, le=200, description="Releases, at most.")] = 50
) -> ReleasePage:
    """Releases, the newest first, each with what it does now and what was said of it."""
    return parts.learning.releases.list(limit)


@router.get("/releases/{release_id}", summary="Show a release", responses=problems(404))
def get_release(release_id: str, parts: PartsDep) -> ReleaseOut:
    """One release with its gates and its card."""
    return parts.learning.releases.get(release_id)


@router.post("/releases/{release_id}/approvals", summary="Approve a release", responses=problems(404, 409, 422))
def approve(release_id: str, word: WordIn, parts: PartsDep, who: PrincipalDep) -> ReleaseOut:
    """It is approved once enough different people did."""
    return parts.learning.releases.say(release_id, who.speaks_as(word.officer), word, approves=True)


@router.post("/releases/{release_id}/refusals", summary="Refuse a release", responses=problems(404, 409, 422))
def refuse(release_id: str, word: WordIn, parts: PartsDep, who: PrincipalDep) -> ReleaseOut:
    """One person is enough."""
    return parts.learning.releases.say(release_id, who.speaks_as(word.officer), word, approves=False)


@router.get("/releases/{release_id}/shadow", summary="What a shadow would have changed", responses=problems(404))
def shadow_report(release_id: str, parts: PartsDep) -> ShadowReport:
    """Its looks, against what was said and what officers decided."""
    return parts.learning.reporting.shadow(release_id)


@router.get("/deployment", summary="Which release does what", responses=problems(409))
def deployment(parts: PartsDep) -> DeploymentOut:
    """Champion, canary and shadow as they should be, and as this process has loaded them."""
    return parts.learning.rollout.now()


@router.post("/releases/{release_id}/shadow", summary="Make a release the shadow", responses=problems(404, 409, 422))
def shadow(release_id: str, step: ShadowIn, parts: PartsDep, who: PrincipalDep) -> DeploymentOut:
    """It looks at what the champion judges, without effect."""
    return parts.learning.rollout.shadow(release_id, who.speaks_as(step.officer), step)


@router.post("/releases/{release_id}/canary", summary="Make a release the canary", responses=problems(404, 409, 422))
def canary(release_id: str, step: CanaryIn, parts: PartsDep, who: PrincipalDep) -> DeploymentOut:
    """It judges all scans of some stations, or a share of all."""
    return parts.learning.rollout.canary(release_id, who.speaks_as(step.officer), step)


@router.post(
    "/releases/{release_id}/champion", summary="Make the canary the champion", responses=problems(404, 409, 422)
)
def promote(release_id: str, step: StepIn, parts: PartsDep, who: PrincipalDep) -> DeploymentOut:
    """It judges everything from now on."""
    return parts.learning.rollout.promote(release_id, who.speaks_as(step.officer), step)


@router.post("/rollback", summary="Go back to the champion before", responses=problems(409, 422))
def rollback(step: StepIn, parts: PartsDep, who: PrincipalDep) -> DeploymentOut:
    """At once, without anybody's approval."""
    return parts.learning.rollout.rollback(who.speaks_as(step.officer), step)


@router.post("/{part}/end", summary="End the shadow or the canary", responses=problems(409, 422))
def end(part: Literal["shadow", "canary"], step: StepIn, parts: PartsDep, who: PrincipalDep) -> DeploymentOut:
    """The champion judges all that a canary judged."""
    return parts.learning.rollout.end(part, who.speaks_as(step.officer), step)


@router.get("/thresholds", summary="List versions of the thresholds")
def list_thresholds(parts: PartsDep) -> ThresholdsPage:
    """The newest first, and which one holds."""
    return parts.learning.thresholds.list()


@router.post("/thresholds", summary="Set thresholds", status_code=201, responses=problems(409, 422))
def put_thresholds(change: ThresholdsChange, parts: PartsDep, who: PrincipalDep) -> ThresholdsOut:
    """As a whole, apart from the models; they hold at once."""
    return parts.learning.thresholds.put(who.speaks_as(change.officer), change)


@router.post("/thresholds/simulations", summary="Try thresholds on past scans", responses=problems(422))
def simulate(asked: SimulationIn, parts: PartsDep, who: PrincipalDep) -> Simulated:
    """What would last week have looked like? Nothing is changed."""
    return parts.learning.simulation.week(asked.thresholds, asked.since, asked.until, office=who.office)


@router.post("/thresholds/{version}/use", summary="Go back to other thresholds", responses=problems(409, 422))
def use_thresholds(version: int, step: StepIn, parts: PartsDep, who: PrincipalDep) -> ThresholdsPage:
    """Put a version to work again; 0 is how the models have them."""
    return parts.learning.thresholds.use(version, who.speaks_as(step.officer), step)
