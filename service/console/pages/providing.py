"""Signing in by an identity provider."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from service.console.access import local
from service.console.rendering import HEADERS, page
from service.console.route import PageRoute
from service.identity.errors import NotSignedIn
from service.identity.guard import give_session, over_tls
from service.parts import PartsDep

router = APIRouter(prefix="/console/oidc", route_class=PageRoute, include_in_schema=False)
COOKIE = "tidewaiter-oidc"
SECONDS = 600
Text = Annotated[str, Query(max_length=4096)]


@router.get("/begin")
def begin(request: Request, parts: PartsDep, next: Text = "") -> Response:  # noqa: A002
    """Send the browser to the provider."""
    begun = parts.oidc.begin(local(next))
    response = RedirectResponse(begun.url, status_code=303, headers=HEADERS)
    response.set_cookie(
        COOKIE,
        begun.state,
        max_age=SECONDS,
        path="/console/oidc",
        secure=over_tls(request),
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/callback")
def callback(request: Request, parts: PartsDep, state: Text = "", code: Text = "", error: Text = "") -> Response:
    """The browser comes back. Only the one that began may end it."""
    kept = request.cookies.get(COOKIE, "")
    if not state or not hmac.compare_digest(kept.encode(), state.encode()):
        return _refused(request, "state")
    if error or not code:
        return _refused(request, error[:100] or "code")
    try:
        name, target = parts.oidc.finish(code, state)
        new = parts.identity.begin(name)
    except NotSignedIn as refused:
        return _refused(request, refused.detail)
    # a page of ours that goes on by itself: after a redirect from elsewhere the browser would not send our cookie
    response = page(request, "going_on.html", new.principal, {"target": target})
    give_session(request, response, new)
    response.delete_cookie(COOKIE, path="/console/oidc")
    return response


def _refused(request: Request, detail: str) -> Response:
    values = {"next": "", "wrong": None, "name": "", "refused": detail}
    return page(request, "sign_in.html", None, values, status=401)
