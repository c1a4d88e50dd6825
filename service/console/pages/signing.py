"""Signing in and out, and giving the password once more."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from service.console.access import HOME, local
from service.console.rendering import HEADERS, page, strings
from service.console.route import SIGN_IN, PageRoute
from service.identity.errors import LockedOut, WrongPassword
from service.identity.guard import PrincipalDep, check_same_site, give_session, take_session
from service.parts import PartsDep

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
Text = Annotated[str, Form(max_length=1024)]


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = HOME) -> Response:  # noqa: A002 - the field's usual name
    """The form."""
    return page(request, "sign_in.html", None, {"next": local(next), "wrong": None, "name": "", "refused": None})


@router.post("/sign-in")
def sign_in(
    request: Request,
    parts: PartsDep,
    name: Text,
    password: Text,
    next: Text = HOME,  # noqa: A002
) -> Response:
    """Begin a session. A page that asks in place gets the new token as JSON, and goes on where it was."""
    check_same_site(request)
    parts.sign_ins.take(request.client.host if request.client else "")
    try:
        new = parts.identity.sign_in(name.strip(), password)
    except (WrongPassword, LockedOut) as error:
        t = strings(request, None)
        wrong = t(f"problem.{error.code}", seconds=error.seconds if isinstance(error, LockedOut) else 0)
        values = {"next": local(next), "wrong": wrong, "name": name, "refused": None}
        return page(request, "sign_in.html", None, values, status=error.status, headers=error.headers())
    signed = new.principal.signed
    in_place = request.headers.get("accept") == "application/json"
    response: Response = (
        JSONResponse({"name": new.principal.name, "csrf": "" if signed is None else signed.csrf}, headers=HEADERS)
        if in_place
        else RedirectResponse(local(next), status_code=303, headers=HEADERS)
    )
    give_session(request, response, new)
    return response


@router.post("/sign-out")
def sign_out(parts: PartsDep, who: PrincipalDep) -> Response:
    """End the session."""
    parts.identity.sign_out(who)
    response = Response(status_code=204, headers={**HEADERS, "HX-Redirect": SIGN_IN})
    take_session(response)
    return response


@router.post("/confirm")
def confirm(parts: PartsDep, who: PrincipalDep, password: Text) -> Response:
    """The password once more, for what is sensitive."""
    parts.identity.confirm(who, password)
    return Response(status_code=204, headers=HEADERS)
