"""/v1/rescreenings: where past parcels bore a mark that was recorded later."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from service.answers import problems
from service.identity.guard import PrincipalDep
from service.jobs.schemas import JobOut
from service.parts import PartsDep
from service.rescreening.jobs import RESCREEN
from service.rescreening.schemas import RescreenOptions
from service.rescreening.showing import HitPage

router = APIRouter(prefix="/v1/rescreenings", tags=["rescreenings"])


class RescreenIn(RescreenOptions):
    """What is asked for, and by whom."""

    officer: str | None = Field(default=None, max_length=128)


@router.post("", summary="Look for a mark in past scans", status_code=202, responses=problems(422))
def rescreen(asked: RescreenIn, parts: PartsDep, who: PrincipalDep) -> JobOut:
    """As a job, over the scans of one's own office; nothing is decided by it."""
    options: dict[str, Any] = asked.model_dump(mode="json", exclude={"officer"})
    if who.office is not None:
        options["office"] = who.office
    return parts.learning.jobs.add(RESCREEN, options, who.speaks_as(asked.officer))


@router.get("/{job_id}", summary="Show a rescreening", responses=problems(404))
def get_rescreening(job_id: str, parts: PartsDep, who: PrincipalDep) -> JobOut:
    """How far it is, and what came of it."""
    return parts.learning.jobs.get(job_id, within=who.office)


@router.get("/{job_id}/hits", summary="Where a mark was seen", responses=problems(404))
def hits(
    job_id: str,
    parts: PartsDep,
    who: PrincipalDep,
    limit: Annotated[int, Query(ge=1, le=500, description="Places, at most.")] = 100,
    skip: Annotated[int, Query(ge=0, le=20_000, description="Places before.")] = 0,
) -> HitPage:
    """The newest scan first; each names its scan."""
    parts.learning.jobs.get(job_id, within=who.office)
    return parts.learning.hits.page(job_id, limit=limit, skip=skip)
