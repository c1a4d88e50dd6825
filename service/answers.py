"""How error answers are described in OpenAPI."""

from http import HTTPStatus
from typing import Any

from service.problems import MEDIA_TYPE, Problem

EXAMPLES: dict[int, dict[str, Any]] = {
    400: {"type": "broken-body", "title": "The body of the request cannot be read.", "field": "body"},
    401: {"type": "not-signed-in", "title": "Nobody is signed in, or the session or the key has ended."},
    403: {"type": "not-allowed", "title": "Whoever is signed in may not do this.", "field": "account"},
    404: {"type": "unknown-scan", "title": "No such scan is stored.", "field": "scan_id"},
    409: {"type": "already-decided", "title": "Somebody decided this alert before.", "field": "alert_id"},
    413: {"type": "image-too-large", "title": "The image is larger than the limit.", "field": "views[1]"},
    415: {"type": "unsupported-image", "title": "The bytes are not an image of a supported type.", "field": "views[0]"},
    422: {"type": "broken-image", "title": "The image is damaged or incomplete.", "field": "views[0]"},
    429: {"type": "too-many-questions", "title": "This address has asked too often; ask again later."},
    428: {"type": "version-missing", "title": "A change must say which version it changes, in the header If-Match."},
    503: {"type": "overloaded", "title": "More scans are waiting than the service takes; try again later."},
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` for error answers with these statuses, each with an example."""
    return {status: _response(status) for status in statuses}


def _response(status: int) -> dict[str, Any]:
    known = EXAMPLES[status]
    example = {**known, "type": f"urn:tidewaiter:problem:{known['type']}", "status": status, "detail": known["title"]}
    example["request_id"] = "req_0193f0c2a5b17d3e8c9a4b1f2d6e7a80"
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema(), "example": example}}
    return {"description": HTTPStatus(status).phrase, "content": content}
