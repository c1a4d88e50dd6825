"""The bodies in which a scan comes: a form, or one image with its metadata in the query."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from service.errors import InvalidRequest
from service.problems import field_name
from service.scans.schemas import ScanMetadata
from service.uploads import form_body

IMAGES = ("image/jpeg", "image/png", "image/webp", "image/tiff", "application/dicom")
RAW_BODY = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}, "example": "(image bytes)"}
HEADERS = {
    "Idempotency-Key": "1 to 255 visible ASCII characters: the same post again is answered as the first was, for 24 h.",
    "Prefer": "wait=SECONDS (at most 30): answer by then, with 200 or 202. 0 does not wait at all.",
    "Tidewaiter-Sent-At": "The station's clock when it sends, RFC 3339: `answer_by` is moved by what it is wrong.",
}
QUERY = {  # what is said of an image that is the body itself
    "station": "Which station took it.",
    "parcel": "The parcel's number.",
    "captured_at": "When it was taken, with its UTC offset.",
    "answer_by": "When the diverter needs the answer, by the station's clock.",
    "lane": "live, handheld or bulk.",
}
NESTED = {
    "mode": "Supervision mode: 1210, 9610, 9710, 9810, mail or return.",
    "image_id": "The device's own.",
    "view": "From where it was taken.",
    "modality": "photo or xray; else by the file.",
}


def _parameter(place: str, name: str, text: str) -> dict[str, Any]:
    alone = "" if place == "header" else " Only with an image as the body."
    return {"in": place, "name": name, "required": False, "description": text + alone, "schema": {"type": "string"}}


FORM = form_body(
    ScanMetadata,
    "JPEG, PNG or WebP photographs of one parcel, and X-ray scans of it as TIFF, DICOM or pictures.",
    {
        "metadata": '{"station": "dock-3", "parcel": "RX123456785NL", "lane": "live", '
        '"declaration": {"mode": "9610", '
        '"consignor": {"identifiers": [{"type": "eori", "value": "NL987654321"}]}, '
        '"goods": [{"name": "lamps", "hs": "9405.40"}]}}',
        "views": ["(bytes of top.jpg)", "(bytes of side.jpg)"],
    },
)
POST_BODY: dict[str, Any] = {
    "parameters": [
        *(_parameter("header", name, text) for name, text in HEADERS.items()),
        *(_parameter("query", name, text) for name, text in (QUERY | NESTED).items()),
    ],
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": FORM, **dict.fromkeys(IMAGES, RAW_BODY)},
    },
}


def from_query(query: Mapping[str, str]) -> ScanMetadata:
    """The metadata of an image that is the body itself. Raises InvalidRequest naming the parameter."""
    unknown = sorted(set(query) - {*QUERY, *NESTED})
    if unknown:
        known = ", ".join((*QUERY, *NESTED))
        raise InvalidRequest("unknown query parameter", field=unknown[0][:64], limit=f"known: {known}")
    document: dict[str, Any] = {name: query[name] for name in QUERY if name in query}
    image = {name: query[name] for name in ("image_id", "view", "modality") if name in query}
    if image:
        document["images"] = [image]
    if "mode" in query:
        document["declaration"] = {"mode": query["mode"]}
    try:
        return ScanMetadata.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidRequest(f"query parameter: {first['msg']}", field=field_name(first["loc"][-1:])) from error
