"""/v1/public: companies look up, check lists, have goods reviewed. Limited by address; nothing secret, nothing kept."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.answers import problems
from service.companies.schemas import PublicPage, ReviewIn, ReviewOut
from service.errors import UnsupportedBody
from service.parts import PartsDep
from service.schemas import Words
from service.uploads import content_type, form_body, multipart, parse_metadata

router = APIRouter(prefix="/v1/public", tags=["companies"])
CSV: dict[str, Any] = {"schema": {"type": "string"}, "example": "number,mark\nT2026-000117,Kestrel Lantern\n"}
REVIEW_FORM = form_body(
    ReviewIn,
    "JPEG, PNG or WebP pictures of a label or product.",
    {"metadata": '{"goods": [{"name": "lamps", "hs": "940540"}]}', "views": ["(bytes)"]},
)
REVIEW_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {"multipart/form-data": REVIEW_FORM}}}


async def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


Address = Annotated[str, Depends(_address)]


@router.get("/filings", summary="Look up what is recorded", responses=problems(422, 429))
def look_up(
    parts: PartsDep,
    address: Address,
    number: Annotated[Words, Query(description="Of a recordation or registration.")] = None,
    mark: Annotated[Words, Query(description="Words of the mark.")] = None,
    holder: Annotated[Words, Query(description="Words of the right holder's name.")] = None,
) -> PublicPage:
    """Public fields of up to twenty recordations that fulfil all that is asked."""
    parts.questions.take(address)
    return parts.companies.look_up(number=number, mark=mark, holder=holder)


@router.post(
    "/checks",
    summary="Check a list",
    response_class=Response,
    responses={200: {"content": {"text/csv": CSV}}, **problems(415, 422, 429)},
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": CSV}}},
)
async def check_list(request: Request, parts: PartsDep, address: Address) -> Response:
    """A CSV with columns number, mark or holder comes back with the filing status of each row."""
    parts.reviews.take(address)
    if content_type(request) != "text/csv":
        raise UnsupportedBody(f"{content_type(request) or 'nothing'} given", field="Content-Type", limit="text/csv")
    answer = await run_in_threadpool(parts.companies.check, await request.body())
    headers = {"Content-Disposition": 'attachment; filename="checked.csv"', "X-Content-Type-Options": "nosniff"}
    return Response(answer, media_type="text/csv", headers=headers)


@router.post(
    "/reviews",
    summary="Have goods reviewed in advance",
    responses=problems(400, 413, 415, 422, 429, 503),
    openapi_extra=REVIEW_BODY,
)
async def review(request: Request, parts: PartsDep, address: Address) -> ReviewOut:
    """Which recorded marks a label or product looks like, why, and whether an authorisation on file covers you."""
    parts.reviews.take(address)
    parts.pool.check_room()
    async with multipart(request, files="views", most=parts.settings.max_views) as form:
        asked = parse_metadata(ReviewIn, form.metadata)
        future = parts.pool.submit(lambda: parts.companies.review(asked, form.uploads))
        return await asyncio.shield(asyncio.wrap_future(future))


@router.get("/reviews/{review_id}", summary="Show a kept review", responses=problems(404, 429))
def get_review(review_id: str, parts: PartsDep, address: Address) -> ReviewOut:
    """A review whose company asked to keep it. Whoever has its identifier may see it."""
    parts.questions.take(address)
    return parts.companies.kept(review_id)
