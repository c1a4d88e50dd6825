"""Who asks, and whether they may: dependencies of the routes."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Response

from service.identity.errors import ForgedForm, NotSignedIn
from service.identity.principal import Principal
from service.identity.roles import Permission
from service.identity.service import NewSession
from service.parts import PartsDep

COOKIE = "tidewaiter"
SECURE_COOKIE = "__Host-tidewaiter"  # a browser takes this name only over TLS, for this host and all its paths
CSRF_HEADER = "x-csrf-token"
BEARER = "bearer "
PASSIVE = "/events"  # what a page asks for by itself keeps no session alive
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def who_asks(request: Request, parts: PartsDep) -> Principal:
    """The account behind a request's key or cookie. Raises NotSignedIn, ForgedForm."""
    header = request.headers.get("authorization", "")
    if header.lower().startswith(BEARER):
        principal = parts.identity.by_key(header[len(BEARER) :].strip())
        request.state.who = principal
        return principal
    token = request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE)
    if token is None:
        raise NotSignedIn("neither a key nor a session came with the request", field="Authorization")
    principal = parts.identity.by_session(token, used=not request.url.path.endswith(PASSIVE))
    request.state.who = principal  # for an answer in the person's language, should something go wrong
    if request.method not in SAFE:
        _check_form(request, principal)
    return principal


PrincipalDep = Annotated[Principal, Depends(who_asks)]


def needs(
    to_read: Permission, to_write: Permission | None = None
) -> Callable[[Request, Principal], Awaitable[Principal]]:
    """A dependency that lets through whoever may read, or, for other methods than GET, write."""

    async def check(request: Request, who: PrincipalDep) -> Principal:
        who.need(to_read if request.method in SAFE else to_write or to_read)
        return who

    return check


def give_session(request: Request, response: Response, new: NewSession) -> None:
    """Hand the browser its session: a cookie that no script sees and no other site sends."""
    secure = over_tls(request)
    name = SECURE_COOKIE if secure else COOKIE
    response.set_cookie(name, new.token, max_age=new.lasts, path="/", secure=secure, httponly=True, samesite="strict")


def over_tls(request: Request) -> bool:
    """Whether the browser came through TLS, here or at the proxy that `public_url` names."""
    public: str | None = request.app.state.parts.settings.public_url
    return request.url.scheme == "https" or (public or "").startswith("https://")


def take_session(response: Response) -> None:
    """Have the browser forget its session."""
    for name in (COOKIE, SECURE_COOKIE):
        response.delete_cookie(name, path="/", secure=name == SECURE_COOKIE, httponly=True, samesite="strict")


def check_same_site(request: Request) -> None:
    """For forms that come before there is a session. Raises ForgedForm if a page of another site sent it."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForgedForm("the form was sent by a page of another site", field="Sec-Fetch-Site")


def _check_form(request: Request, principal: Principal) -> None:
    check_same_site(request)
    given = request.headers.get(CSRF_HEADER, "")
    if principal.signed is None or not hmac.compare_digest(given.encode(), principal.signed.csrf.encode()):
        raise ForgedForm("the page's token is missing or of another session", field="X-CSRF-Token")
