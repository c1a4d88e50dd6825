"""/v1/jobs: long work and how far it is."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.answers import problems
from service.identity.guard import PrincipalDep
from service.jobs.schemas import JobOut, JobPage
from service.parts import PartsDep

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get("", summary="List jobs")
def list_jobs(
    parts: PartsDep,
    who: PrincipalDep,
    kind: Annotated[str | None, Query(max_length=32, description="Only of this kind.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Jobs, at most.")] = 50,
) -> JobPage:
    """Jobs, the newest first, each with its steps."""
    return parts.learning.jobs.list(kind, limit, within=who.office)


@router.get("/{job_id}", summary="Show a job", responses=problems(404))
def get_job(job_id: str, parts: PartsDep, who: PrincipalDep) -> JobOut:
    """One job and how far it is."""
    return parts.learning.jobs.get(job_id, within=who.office)


@router.post("/{job_id}/cancellation", summary="Have a job end", responses=problems(404, 409))
def cancel_job(job_id: str, parts: PartsDep, who: PrincipalDep) -> JobOut:
    """It ends at the next point at which nothing is half done."""
    parts.learning.jobs.get(job_id, within=who.office)
    return parts.learning.jobs.cancel(job_id, who.name)
