"""/v1/registry/marks: record, show and remove marks."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.answers import problems
from service.identity.guard import PrincipalDep
from service.marks.schemas import MarkDetail, MarkId, MarkMetadata, MarkPage
from service.parts import PartsDep
from service.uploads import multipart, parse_metadata

router = APIRouter(prefix="/v1/registry/marks", tags=["registry"])

PUT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["metadata", "artwork"],
                    "properties": {
                        "metadata": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "contentSchema": MarkMetadata.model_json_schema(),
                        },
                        "artwork": {
                            "type": "array",
                            "description": "SVG, PNG, JPEG, WebP, TIFF or PDF files.",
                            "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                        },
                    },
                },
                "example": {
                    "metadata": '{"title": "Kestrel Lantern", "holder": "Kestrel Lantern Works"}',
                    "artwork": ["(bytes of lantern.svg)"],
                },
            }
        },
    }
}


@router.put(
    "/{mark_id}",
    summary="Record a mark, or replace it",
    status_code=201,
    responses={200: {"model": MarkDetail, "description": "Replaced"}, **problems(400, 409, 413, 415, 422)},
    openapi_extra=PUT_BODY,
)
async def put_mark(
    mark_id: MarkId, request: Request, response: Response, parts: PartsDep, who: PrincipalDep
) -> MarkDetail:
    """The mark is matched from its artwork at once. 201 if it is new, 200 if it replaced one."""
    async with multipart(request, files="artwork", most=parts.settings.max_views) as form:
        metadata = parse_metadata(MarkMetadata, form.metadata)
        mark, created = await run_in_threadpool(parts.marks.put, mark_id, metadata, form.uploads, who.name)
    response.status_code = 201 if created else 200
    response.headers["Location"] = str(request.url_for("get_mark", mark_id=mark_id).path)
    return mark


@router.get("", summary="List recorded marks", responses=problems(422))
def list_marks(
    parts: PartsDep,
    limit: Annotated[int, Query(ge=1, le=500, description="Marks on a page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")] = None,
) -> MarkPage:
    """Marks in the order of their identifiers, a page at a time."""
    return parts.marks.page(cursor=cursor, limit=limit)


@router.get("/{mark_id}", summary="Show a mark", responses=problems(404, 422))
def get_mark(mark_id: MarkId, parts: PartsDep) -> MarkDetail:
    """One mark with its artwork."""
    return parts.marks.get(mark_id)


@router.delete("/{mark_id}", summary="Remove a mark", status_code=204, responses=problems(404, 422))
def delete_mark(mark_id: MarkId, parts: PartsDep, who: PrincipalDep) -> None:
    """The mark is no longer matched. Alerts that were raised for it stay."""
    parts.marks.remove(mark_id, who.name)
