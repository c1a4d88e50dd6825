"""/v1/labels/tasks: places that models would learn most from, for officers to say what is there."""

from fastapi import APIRouter

from service.alerts.endpoints import officer
from service.answers import problems
from service.identity.guard import PrincipalDep
from service.parts import PartsDep
from service.sampling.schemas import AnswerIn, ClaimIn, SkipIn, TaskCounts, TaskList, TaskOut

router = APIRouter(prefix="/v1/labels/tasks", tags=["labels"])


@router.get("", summary="Count questions")
def get_tasks(parts: PartsDep, who: PrincipalDep) -> TaskCounts:
    """By state and by why they were chosen; how many were new today, and how many may be."""
    return parts.learning.tasks.counts(who.office)


@router.post("/claims", summary="Take questions", responses=problems(422))
def post_claims(wanted: ClaimIn, parts: PartsDep, who: PrincipalDep) -> TaskList:
    """Those that the officer holds, and the most urgent others, for some minutes. None may be there."""
    return parts.learning.tasks.take(officer(who, wanted.officer), wanted.count)


@router.post("/{task_id}/answers", summary="Answer a question", responses=problems(404, 409, 422))
def post_answer(task_id: str, said: AnswerIn, parts: PartsDep, who: PrincipalDep) -> TaskOut:
    """One officer's word. Now and then another one is asked the same, not knowing: two who agree count for more."""
    return parts.learning.tasks.answer(task_id, officer(who, said.officer), said)


@router.post("/{task_id}/skips", summary="Pass a question over", responses=problems(404, 409, 422))
def post_skip(task_id: str, skipping: SkipIn, parts: PartsDep, who: PrincipalDep) -> TaskOut:
    """For what cannot be said. The officer is not asked again."""
    return parts.learning.tasks.skip(task_id, officer(who, skipping.officer))
