"""Pages from templates: escaped by default, strict about what is missing, with the strings of one language."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from service.console.because import told
from service.console.catalogue import LANGUAGES, Catalogue, catalogue, preferred
from service.console.formatting import Formatting
from service.identity.principal import Principal
from service.identity.roles import Permission
from service.parts import Parts

TEMPLATES = Path(__file__).resolve().parent / "templates"
POLICY = (  # no script, style, picture or connection but our own, and nobody frames us
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@cache
def environment() -> Environment:
    """The templates."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def language_of(request: Request, who: Principal | None) -> str:
    """What the account prefers, or else the browser."""
    chosen = None if who is None else who.preferences.get("language")
    return str(chosen or preferred(request.headers.get("accept-language", "")))


def strings(request: Request, who: Principal | None) -> Catalogue:
    """The strings for whoever asks."""
    return catalogue(language_of(request, who))


def page(
    request: Request,
    template: str,
    who: Principal | None,
    values: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A page, or the part of one that htmx asks for."""
    parts: Parts = request.app.state.parts
    t = strings(request, who)
    zone = ZoneInfo(parts.schedule.profile_for(parts.settings.jurisdiction).timezone)
    shared = {
        "t": t,
        "f": Formatting(t, zone),
        "who": who,
        "may": Permission,
        "csrf": "" if who is None or who.signed is None else who.signed.csrf,
        "theme": "auto" if who is None else who.preferences.get("theme", "auto"),
        "shortcuts": "on" if who is None else who.preferences.get("shortcuts", "on"),
        "oidc": parts.oidc.offered,
        "languages": LANGUAGES,
        "said": lambda reason: told(t, reason),
        "partial": "HX-Request" in request.headers,
        "path": request.url.path,
        "now": datetime.now(UTC),
    }
    body = environment().get_template(template).render(shared | dict(values))
    return HTMLResponse(body, status_code=status, headers={**HEADERS, **(headers or {})})
