"""/v1/scans: stations post photographs and are told the verdict."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from service.answers import problems
from service.errors import InvalidRequest, UnsupportedBody
from service.identity.errors import WrongStation
from service.identity.guard import PrincipalDep
from service.identity.principal import Principal
from service.parts import Parts, PartsDep
from service.scans.schemas import SCAN_EXAMPLE, ScanMetadata, ScanOut
from service.uploads import Upload, content_type, multipart, parse_metadata, whole_body

router = APIRouter(prefix="/v1/scans", tags=["scans"])

IMAGES = ("image/jpeg", "image/png", "image/webp")
RAW_BODY = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}, "example": "(image bytes)"}
POST_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["metadata", "views"],
                    "properties": {
                        "metadata": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "contentSchema": ScanMetadata.model_json_schema(),
                        },
                        "views": {
                            "type": "array",
                            "description": "JPEG, PNG or WebP photographs of one parcel.",
                            "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                        },
                    },
                },
                "example": {
                    "metadata": '{"station": "dock-3", "parcel": "RX123456785NL", '
                    '"declaration": {"consignor": {"identifiers": [{"type": "eori", "value": "NL987654321"}]}, '
                    '"goods": [{"name": "lamps", "hs": "9405.40"}]}}',
                    "views": ["(bytes of top.jpg)", "(bytes of side.jpg)"],
                },
            },
            **dict.fromkeys(IMAGES, RAW_BODY),
        },
    }
}
REPLAYED = {
    "model": ScanOut,
    "description": "The same station, parcel and views were posted before; this is the stored scan.",
    "headers": {"Idempotency-Replayed": {"schema": {"type": "string"}, "example": "true"}},
    "content": {"application/json": {"example": SCAN_EXAMPLE}},
}


@router.post(
    "",
    summary="Post a scan",
    status_code=201,
    responses={200: REPLAYED, **problems(400, 413, 415, 422, 503)},
    openapi_extra=POST_BODY,
)
async def post_scan(
    request: Request,
    response: Response,
    parts: PartsDep,
    who: PrincipalDep,
    station: Annotated[str | None, Query(description="Only with an image as the body.")] = None,
    parcel: Annotated[str | None, Query(description="Only with an image as the body.")] = None,
) -> ScanOut:
    """One parcel's photographs, as a form or as one image. It is stored, inspected, and answered with its verdict."""
    parts.pool.check_room()
    if content_type(request) == "multipart/form-data":
        async with multipart(request, files="views", most=parts.settings.max_views) as form:
            metadata = parse_metadata(ScanMetadata, form.metadata)
            scan, replayed = await _receive(parts, who, metadata, form.uploads)
    elif content_type(request) in IMAGES:
        metadata = _from_query(station, parcel)
        scan, replayed = await _receive(parts, who, metadata, [whole_body(await request.body())])
    else:
        allowed = ", ".join(("multipart/form-data", *IMAGES))
        raise UnsupportedBody(f"{content_type(request) or 'nothing'} given", field="Content-Type", limit=allowed)
    response.headers["Location"] = f"/v1/scans/{scan.id}"
    if replayed:
        response.status_code = 200
        response.headers["Idempotency-Replayed"] = "true"
    return scan


@router.get("/{scan_id}", summary="Show a scan", responses=problems(404))
def get_scan(scan_id: str, parts: PartsDep, who: PrincipalDep) -> ScanOut:
    """One stored scan with its verdict and the alerts it raised."""
    return parts.scans.get(scan_id, within=who.office)


@router.get(
    "/{scan_id}/views/{index}",
    summary="Download a view",
    response_class=Response,
    responses={200: {"content": dict.fromkeys(IMAGES, RAW_BODY)}, **problems(404, 422)},
)
def get_view(scan_id: str, index: int, parts: PartsDep, who: PrincipalDep) -> Response:
    """The photograph exactly as it was sent."""
    media_type, data = parts.scans.view(scan_id, index, within=who.office)
    ending = media_type.removeprefix("image/")
    headers = {
        "Content-Disposition": f'attachment; filename="{scan_id}-{index}.{ending}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=86400, immutable",
    }
    return Response(data, media_type=media_type, headers=headers)


async def _receive(
    parts: Parts, who: Principal, metadata: ScanMetadata, uploads: Sequence[Upload]
) -> tuple[ScanOut, bool]:
    if who.station not in (None, metadata.station):
        raise WrongStation(f"{who.station!r} posted for {metadata.station!r}", field="station")
    future = parts.pool.submit(lambda: parts.scans.receive(metadata, uploads, who.office))
    return await asyncio.shield(asyncio.wrap_future(future))  # a caller who hangs up does not undo it


def _from_query(station: str | None, parcel: str | None) -> ScanMetadata:
    try:
        return ScanMetadata.model_validate({"station": station, "parcel": parcel})
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidRequest(f"query parameter: {first['msg']}", field=str(first["loc"][0])) from error
