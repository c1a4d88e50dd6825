"""POST /v1/retrainings: what officers said becomes a candidate."""

from fastapi import APIRouter

from service.answers import problems
from service.identity.guard import PrincipalDep
from service.jobs.schemas import JobOut
from service.parts import PartsDep
from service.retraining.schemas import RetrainIn

router = APIRouter(prefix="/v1/retrainings", tags=["models"])


@router.post("", summary="Retrain the models", status_code=202, responses=problems(409, 422))
def retrain(asked: RetrainIn, parts: PartsDep, who: PrincipalDep) -> JobOut:
    """As a job; what comes of it is a candidate, and judges nothing until people say so."""
    return parts.learning.asking.retrain(asked, who.speaks_as(asked.officer))
