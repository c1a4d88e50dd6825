"""Finding recordations: GET /v1/registry/recordations, POST /v1/registry/search/image."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from service.answers import problems
from service.parties import plain_identifier
from service.parts import PartsDep
from service.recordations.documents import NiceClass, RightType, ViennaCode
from service.recordations.states import Standing
from service.schemas import Words
from service.search.repository import Filters
from service.search.schemas import AlikePage, FoundPage
from service.uploads import IMAGE_BODY, picture_of

router = APIRouter(prefix="/v1/registry", tags=["search"])


@router.get("/recordations", summary="Find recordations", responses=problems(422))
def find_recordations(
    parts: PartsDep,
    q: Annotated[Words, Query(description="Words of marks and right holders; spelling and script may differ.")] = None,
    number: Annotated[str | None, Query(max_length=64, description="Of recordation or registration.")] = None,
    holder: Annotated[Words, Query(description="Words of the right holder's name.")] = None,
    nice: Annotated[list[NiceClass] | None, Query(description="Any of these Nice classes.")] = None,
    vienna: Annotated[list[ViennaCode] | None, Query(description="All of these codes, or their beginnings.")] = None,
    standing: Annotated[Standing | None, Query(description="As it stands today.")] = None,
    right_type: RightType | None = None,
    jurisdiction: Annotated[str | None, Query(pattern="^[A-Z]{2}$")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Recordations on a page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before.")] = None,
) -> FoundPage:
    """Recordations that fulfil all that is asked: by likeness if words are, otherwise newest first."""
    filters = Filters(
        number=plain_identifier(number) if number else None,
        nice=tuple(nice or ()),
        vienna=tuple(vienna or ()),
        standing=standing,
        right_type=right_type,
        jurisdiction=jurisdiction,
    )
    return parts.search.find(filters, words=q, holder=holder, cursor=cursor, limit=limit)


@router.post(
    "/search/image",
    summary="Find recorded marks that look like a picture",
    responses=problems(413, 415, 422),
    openapi_extra=IMAGE_BODY,
)
async def find_alike(
    request: Request,
    parts: PartsDep,
    limit: Annotated[int, Query(ge=1, le=50, description="Marks to show.")] = 10,
) -> AlikePage:
    """The body is the picture: one mark, cut out or on a ground of its own. Nothing is stored."""
    upload = await picture_of(request)
    data = upload.read(parts.settings.max_image_bytes)
    return await run_in_threadpool(parts.search.alike, data, name=upload.name, field=upload.field, limit=limit)
