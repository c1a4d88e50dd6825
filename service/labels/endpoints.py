"""/v1/labels: what there is to learn from; /v1/alerts/{id}/holder-words: what right holders answered."""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime
from starlette.concurrency import run_in_threadpool

from service.answers import problems
from service.identity.errors import NotAllowed
from service.identity.guard import PrincipalDep
from service.identity.principal import Principal
from service.labels.importing import SafeZip
from service.labels.schemas import (
    ExclusionIn,
    ExclusionList,
    ExclusionOut,
    HolderWordIn,
    HolderWordOut,
    LabelSetIn,
    LabelSetList,
    LabelSetOut,
    LabelsOut,
    LeftPage,
    Reason,
)
from service.labels.service import LabelService
from service.parts import PartsDep
from service.uploads import Upload, multipart, parse_metadata

SETS = "/v1/labels/sets"
router = APIRouter(prefix="/v1/labels", tags=["labels"])
words = APIRouter(prefix="/v1/alerts", tags=["labels"])
Since = Annotated[AwareDatetime | None, Query(description="With its UTC offset; 90 days before `until` if not given.")]
Until = Annotated[AwareDatetime | None, Query(description="With its UTC offset; now if not given.")]
SET_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["metadata", "file"],
                    "properties": {
                        "metadata": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "contentSchema": LabelSetIn.model_json_schema(),
                        },
                        "file": {
                            "type": "string",
                            "contentMediaType": "application/octet-stream",
                            "description": "A zip of labels.jsonl and pictures/.",
                        },
                    },
                },
                "example": {"metadata": '{"name": "audited, spring", "licence": "CC-BY-4.0"}', "file": "(bytes)"},
            }
        },
    }
}


@router.get("", summary="Count labels", responses=problems(422))
def get_labels(parts: PartsDep, who: PrincipalDep, since: Since = None, until: Until = None) -> LabelsOut:
    """By strength, category, mark and office; what gave none, by reason; whose words are left out."""
    return parts.learning.labels.counts(since, until, office=who.office)


@router.get("/left", summary="List what gave no label", responses=problems(422))
def get_left(parts: PartsDep, who: PrincipalDep, since: Since = None, until: Until = None) -> LeftPage:
    """Each decision and answer with the reason why models do not learn from it."""
    return parts.learning.labels.left(since, until, office=who.office)


@router.get("/exclusions", summary="List whose labels are not learnt from")
def list_exclusions(parts: PartsDep, who: PrincipalDep) -> ExclusionList:
    """Those that hold, the oldest first."""
    _everywhere(who)
    return ExclusionList(items=list(parts.learning.labels.exclusions()))


@router.post("/exclusions", summary="Exclude labels", status_code=201, responses=problems(403, 409, 422))
def post_exclusion(wanted: ExclusionIn, parts: PartsDep, who: PrincipalDep) -> ExclusionOut:
    """Of an officer, an office, a station, or one decision. What was decided stands; it is not learnt from."""
    _everywhere(who)
    return parts.learning.labels.exclude(wanted, by=who.speaks_as(wanted.officer))


@router.delete(
    "/exclusions/{exclusion_id}", summary="Lift an exclusion", status_code=204, responses=problems(403, 404, 422)
)
def delete_exclusion(
    exclusion_id: str, parts: PartsDep, who: PrincipalDep, reason: Annotated[Reason, Query(description="It is kept.")]
) -> None:
    """Learn from it again."""
    _everywhere(who)
    parts.learning.labels.lift(exclusion_id, reason, by=who.name)


@router.get("/sets", summary="List imported sets")
def list_sets(parts: PartsDep, who: PrincipalDep) -> LabelSetList:
    """The oldest first."""
    _everywhere(who)
    return LabelSetList(items=list(parts.learning.labels.sets()))


@router.post(
    "/sets",
    summary="Import a set of labels",
    status_code=201,
    responses=problems(400, 413, 422),
    openapi_extra=SET_BODY,
)
async def post_set(request: Request, parts: PartsDep, who: PrincipalDep) -> LabelSetOut:
    """A zip of labels.jsonl and pictures/. All of it is checked before anything of it counts."""
    _everywhere(who)
    async with multipart(request, files="file", most=1) as form:
        about = parse_metadata(LabelSetIn, form.metadata)
        by = who.speaks_as(about.officer)
        return await run_in_threadpool(_imported, parts.learning.labels, form.uploads[0], about, by)


@words.post(
    "/{alert_id}/holder-words",
    summary="Enter what the right holder answered",
    status_code=201,
    responses=problems(404, 409, 422),
)
def post_word(alert_id: str, word: HolderWordIn, parts: PartsDep, who: PrincipalDep) -> HolderWordOut:
    """Once for each alert. It makes gold of what another officer decided; alone it is one officer's word."""
    return parts.learning.labels.confirm(alert_id, word, by=who.speaks_as(word.officer), within=who.office)


def _everywhere(who: Principal) -> None:
    """What holds for all offices is not for people of one. Raises NotAllowed."""
    if who.office is not None:
        raise NotAllowed(f"{who.name} is of the office {who.office!r}", field="account", limit="all offices")


def _imported(labels: LabelService, upload: Upload, about: LabelSetIn, by: str) -> LabelSetOut:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set.zip"
        upload.file.seek(0)
        with path.open("wb") as out:
            shutil.copyfileobj(upload.file, out)
        source = SafeZip(path)
        try:
            return labels.import_set(source, about, by=by)
        finally:
            source.close()
