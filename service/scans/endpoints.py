"""/v1/scans: stations post photographs and are told the verdict."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.answers import problems
from service.errors import UnsupportedBody
from service.identity.guard import PrincipalDep
from service.identity.principal import Principal
from service.parts import Parts, PartsDep
from service.scans.bodies import IMAGES, POST_BODY, RAW_BODY, from_query
from service.scans.line import Admitted
from service.scans.schemas import (
    SCAN_EXAMPLE,
    PrecheckIn,
    PrecheckOut,
    ScanMetadata,
    ScanOut,
    StationVerdict,
)
from service.scans.taking import Poster
from service.scans.wishes import LONGEST_WAIT, Wish, wish_of
from service.uploads import content_type, multipart, parse_metadata, whole_body

router = APIRouter(prefix="/v1/scans", tags=["scans"])

REPLAYED = {"Idempotency-Replayed": {"schema": {"type": "string"}, "example": "true"}}
STORED = {
    "model": ScanOut,
    "description": "Answered within `Prefer: wait=`; or posted before, and this is the stored scan.",
    "headers": REPLAYED,
    "content": {"application/json": {"example": SCAN_EXAMPLE}},
}
OPEN = {
    "model": ScanOut,
    "description": "Stored, not answered yet: ask at `Location`, or for its verdict.",
    "headers": {"Location": {"schema": {"type": "string"}}, **REPLAYED},
}


@router.post(
    "",
    summary="Post a scan",
    status_code=201,
    responses={200: STORED, 202: OPEN, **problems(400, 409, 413, 415, 422, 429, 503)},
    openapi_extra=POST_BODY,
)
async def post_scan(request: Request, response: Response, parts: PartsDep, who: PrincipalDep) -> ScanOut:
    """One parcel's photographs, as a form or as one image. It is stored, inspected, and answered with its verdict.

    `Prefer: wait=5` (RFC 7240) is answered within so many seconds: with 200 and the answer, or with 202. Without it,
    the answer is 201 once the scan was inspected. `Idempotency-Key` makes a post repeatable for 24 hours.
    """
    parts.pool.check_room()
    wish = wish_of(request.headers)
    admitted = await _take(request, parts, who, wish)
    taken = admitted.taken
    if wish.wait is not None:
        await parts.line.answered(taken.scan_id, wish.wait)
        response.headers["Preference-Applied"] = f"wait={wish.wait}"
    elif admitted.inspection is not None:
        await asyncio.shield(asyncio.wrap_future(admitted.inspection))
    scan = await run_in_threadpool(parts.scans.get, taken.scan_id)
    is_open = scan.answer is None and wish.wait is not None
    response.status_code = 202 if is_open else 200 if taken.replayed or wish.wait is not None else 201
    response.headers["Location"] = f"/v1/scans/{scan.id}"
    if taken.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    if is_open:
        response.headers["Retry-After"] = "1"
        if wish.key is not None:
            await run_in_threadpool(parts.intake.mark_answered, who.account_id, wish.key)
    return scan


@router.post(":precheck", summary="Ask by barcode alone", responses=problems(422))
def precheck(asked: PrecheckIn, parts: PartsDep, who: PrincipalDep) -> PrecheckOut:
    """What is known of a parcel before there is an image. `undecided` means: scan it."""
    return parts.precheck.ask(asked, _poster(who))


@router.get("/{scan_id}", summary="Show a scan", responses=problems(404))
def get_scan(scan_id: str, parts: PartsDep, who: PrincipalDep) -> ScanOut:
    """One stored scan with its verdict and the alerts it raised."""
    return parts.scans.get(scan_id, within=who.office, station=who.station)


@router.get(
    "/{scan_id}/verdict",
    summary="Wait for the verdict",
    responses={202: {"model": StationVerdict, "description": "Still open after `wait`."}, **problems(404, 422)},
)
async def get_verdict(
    scan_id: str,
    response: Response,
    parts: PartsDep,
    who: PrincipalDep,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for it.")] = 0,
) -> StationVerdict:
    """As much of a scan as a sorter needs, as soon as it is answered or `wait` is over (long poll)."""
    await run_in_threadpool(parts.scans.get, scan_id, within=who.office, station=who.station)
    await parts.line.answered(scan_id, wait)
    verdict = StationVerdict.of(await run_in_threadpool(parts.scans.get, scan_id))
    if verdict.decision is None:
        response.status_code = 202
        response.headers["Retry-After"] = "1"
    return verdict


@router.get(
    "/{scan_id}/views/{index}",
    summary="Download a view",
    response_class=Response,
    responses={200: {"content": dict.fromkeys(IMAGES, RAW_BODY)}, **problems(404, 422)},
)
def get_view(scan_id: str, index: int, parts: PartsDep, who: PrincipalDep) -> Response:
    """The photograph or X-ray scan exactly as it was sent."""
    media_type, data = parts.scans.view(scan_id, index, within=who.office, station=who.station)
    ending = media_type.rpartition("/")[2]
    headers = {
        "Content-Disposition": f'attachment; filename="{scan_id}-{index}.{ending}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=86400, immutable",
    }
    return Response(data, media_type=media_type, headers=headers)


async def _take(request: Request, parts: Parts, who: Principal, wish: Wish) -> Admitted:
    """Store what was posted, and have it inspected if it was not. Whoever hangs up does not undo it."""
    if content_type(request) == "multipart/form-data":
        async with multipart(request, files="views", most=parts.settings.max_views) as form:
            metadata = parse_metadata(ScanMetadata, form.metadata)
            return await run_in_threadpool(parts.line.receive, metadata, form.uploads, _poster(who), wish)
    if content_type(request) in IMAGES:
        metadata = from_query(request.query_params)
        upload = whole_body(await request.body())
        return await run_in_threadpool(parts.line.receive, metadata, [upload], _poster(who), wish)
    allowed = ", ".join(("multipart/form-data", *IMAGES))
    raise UnsupportedBody(f"{content_type(request) or 'nothing'} given", field="Content-Type", limit=allowed)


def _poster(who: Principal) -> Poster:
    return Poster(account_id=who.account_id, office=who.office, station=who.station)
