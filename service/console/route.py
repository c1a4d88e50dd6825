"""Errors of pages are pages: whoever is not signed in is asked to, everything else is said in the page's language."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse

from inference.errors import TidewaiterError
from service.console.rendering import page, strings
from service.errors import ServiceError
from service.identity.errors import NotSignedIn
from service.identity.principal import Principal

log = structlog.get_logger()
SIGN_IN = "/console/sign-in"


class PageRoute(APIRoute):
    """A route whose errors are shown to a person."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with errors as pages."""
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except NotSignedIn as error:
                return _sign_in(request, error)
            except TidewaiterError as error:
                more = error.headers() if isinstance(error, ServiceError) else {}
                return _said(request, error.status, error.code, error.detail, more)
            except RequestValidationError as error:
                first = error.errors()[0]
                return _said(request, 422, "invalid-request", f"{first['loc'][-1]}: {first['msg']}")
            except Exception as error:  # noqa: BLE001 - nobody expected it: the log knows it, the page tells nothing
                log.error("unexpected_error", exc_info=error)
                return _said(request, 500, "unexpected", request.state.request_id)

        return shown


def _sign_in(request: Request, error: NotSignedIn) -> Response:
    by_person = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
    if "HX-Request" in request.headers or not by_person:
        return _said(request, 401, error.code, error.detail)  # the page asks in place: what was begun is kept
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{SIGN_IN}?next={quote(target)}", status_code=303)


def _said(request: Request, status: int, code: str, detail: str, more: Mapping[str, str] | None = None) -> Response:
    who: Principal | None = getattr(request.state, "who", None)
    t = strings(request, who)
    title = t(f"problem.{code}") if f"problem.{code}" in t else t("problem.unknown")
    values = {"title": title, "detail": detail, "status": status, "code": code}
    return page(request, "problem.html", who, values, status=status, headers={"X-Problem": code, **(more or {})})
