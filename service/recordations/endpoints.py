"""/v1/registry/recordations: enter, change and show recordations, and let events happen to them."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from service.answers import problems
from service.identity.guard import PrincipalDep
from service.parts import PartsDep
from service.recordations.schemas import (
    FILING_EXAMPLE,
    EventIn,
    FilingChange,
    History,
    RecordationId,
    RecordationIn,
    RecordationOut,
)
from service.uploads import filed
from service.versions import IfMatch, tagged, version_of

router = APIRouter(prefix="/v1/registry/recordations", tags=["recordations"])


def _body(model: Any, example: Any) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    metadata = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
    picture = {"type": "string", "contentMediaType": "application/octet-stream"}
    form = {
        "type": "object",
        "required": ["metadata"],
        "properties": {
            "metadata": metadata,
            "artwork": {"type": "array", "description": "SVG, PNG, JPEG, WebP, TIFF or PDF files.", "items": picture},
        },
    }
    content = {
        "multipart/form-data": {"schema": form},
        "application/json": {"schema": schema, "example": example},
    }
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "",
    summary="Enter a recordation",
    status_code=201,
    responses=problems(400, 409, 413, 415, 422),
    openapi_extra=_body(RecordationIn, FILING_EXAMPLE),
)
async def post_recordation(request: Request, response: Response, parts: PartsDep, who: PrincipalDep) -> RecordationOut:
    """A draft, or one that customs decided on before; once approved, its marks are matched at once."""
    async with filed(request, RecordationIn, files="artwork", most=parts.settings.max_views) as (filing, uploads):
        who.speaks_as(filing.officer)
        made = await run_in_threadpool(parts.recordations.create, filing, uploads)
    response.headers["Location"] = f"{router.prefix}/{made.id}"
    return _tagged(made, response)


@router.get("/{recordation_id}", summary="Show a recordation", responses=problems(404))
def get_recordation(recordation_id: RecordationId, response: Response, parts: PartsDep) -> RecordationOut:
    """One recordation as it stands today."""
    return _tagged(parts.recordations.get(recordation_id), response)


@router.put(
    "/{recordation_id}",
    summary="Change a recordation",
    responses=problems(400, 404, 409, 413, 415, 422, 428),
    openapi_extra=_body(FilingChange, {"officer": "r.egistrar", "number": "T2026-000117", "marks": []}),
)
async def put_recordation(
    recordation_id: RecordationId,
    request: Request,
    response: Response,
    parts: PartsDep,
    who: PrincipalDep,
    if_match: IfMatch = None,
) -> RecordationOut:
    """Replace what is filed. Whoever changes an old version gets 409 with the present state."""
    version = version_of(if_match)
    async with filed(request, FilingChange, files="artwork", most=parts.settings.max_views) as (change, uploads):
        who.speaks_as(change.officer)
        changed = await run_in_threadpool(parts.recordations.change, recordation_id, version, change, uploads)
    return _tagged(changed, response)


@router.post(
    "/{recordation_id}/events",
    summary="Let an event happen to a recordation",
    responses=problems(404, 409, 422, 428),
)
def post_event(
    recordation_id: RecordationId,
    event: EventIn,
    response: Response,
    parts: PartsDep,
    who: PrincipalDep,
    if_match: IfMatch = None,
) -> RecordationOut:
    """Submit, accept, approve, refuse, renew, suspend, resume, lapse, cancel or revoke it."""
    who.speaks_as(event.officer)
    return _tagged(parts.recordations.happen(recordation_id, version_of(if_match), event), response)


@router.get("/{recordation_id}/history", summary="Show the changes of a recordation", responses=problems(404))
def get_history(recordation_id: RecordationId, parts: PartsDep) -> History:
    """Who changed what, when, with the state before and after; oldest first."""
    return parts.recordations.history(recordation_id)


def _tagged(made: RecordationOut, response: Response) -> RecordationOut:
    tagged(response, made.version)
    return made
