"""Every error as RFC 9457 problem+json: one handler for our errors, the framework's, and unexpected ones."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from inference.errors import TidewaiterError
from service.errors import ServiceError
from service.outages import outage_of

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger()


class Problem(BaseModel):
    """An error as RFC 9457 describes it, with what Tidewaiter adds."""

    type: str = Field(examples=["urn:tidewaiter:problem:image-too-large"])
    title: str = Field(examples=["The image is larger than the limit."])
    status: int = Field(examples=[413])
    detail: str = Field(examples=["400000000 pixels"])
    field: str | None = Field(default=None, examples=["views[1]"])
    limit: str | None = Field(default=None, examples=["50000000 pixels"])
    request_id: str = Field(examples=["req_0193f0c2a5b17d3e8c9a4b1f2d6e7a80"])


def problem(error: Exception, request_id: str) -> JSONResponse:
    """The answer for `error`. Unexpected errors are logged with their traceback and tell the caller nothing."""
    if not isinstance(error, TidewaiterError | RequestValidationError | HTTPException):
        error = outage_of(error) or error
    if isinstance(error, TidewaiterError):
        return _known(error, request_id)
    if isinstance(error, RequestValidationError):
        return _invalid(error.errors(), request_id)
    if isinstance(error, HTTPException):
        phrase = HTTPStatus(error.status_code).phrase
        code = phrase.lower().replace(" ", "-")
        body = _body(code, f"{phrase}.", error.status_code, str(error.detail), request_id)
        return _answer(body, error.headers)
    log.error("unexpected_error", exc_info=error)
    return _answer(_body("unexpected", "Something unexpected went wrong.", 500, "It was logged.", request_id))


def install(app: FastAPI) -> None:
    """Have `app` answer all errors it knows as problems; `boundary` answers the unexpected ones."""
    for kind in (TidewaiterError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _handle)


def field_name(location: Sequence[str | int]) -> str:
    """Where a validation error is, as a caller would write it: ("goods", 3) -> `goods[3]`."""
    name = ""
    for part in location:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return name


async def _handle(request: Request, error: Exception) -> JSONResponse:
    return problem(error, request.state.request_id)


def _known(error: TidewaiterError, request_id: str) -> JSONResponse:
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("failed", code=error.code, detail=error.detail, exc_info=error.__cause__)
    body = _body(error.code, error.title, error.status, error.detail, request_id)
    body |= {name: text for name, text in (("field", error.field), ("limit", error.limit)) if text is not None}
    if isinstance(error, ServiceError):
        return _answer(body | error.members(), error.headers())
    return _answer(body)


def _invalid(errors: Sequence[Any], request_id: str) -> JSONResponse:
    first = errors[0]
    place, *rest = first["loc"]  # where in the request: path, query, header or body
    body = _body("invalid-request", "The request has a part that is not as it should be.", 422, "", request_id)
    body["detail"] = f"{field_name(rest) or place}: {first['msg']}"
    body["field"] = field_name(rest) if rest and not isinstance(rest[0], int) else str(place)
    limits = first.get("ctx", {})
    allowed = [f"{name} {value}" for name, value in limits.items() if isinstance(value, int | float | str)]
    return _answer(body | ({"limit": ", ".join(allowed)} if allowed else {}))


def _body(code: str, title: str, status: int, detail: str, request_id: str) -> dict[str, Any]:
    kind = f"urn:tidewaiter:problem:{code}"
    return {"type": kind, "title": title, "status": status, "detail": detail, "request_id": request_id}


def _answer(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body, status_code=body["status"], headers=dict(headers or {}), media_type=MEDIA_TYPE)
