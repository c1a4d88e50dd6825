"""What an officer chooses for him- or herself: language, theme, keys, saved views."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from service.alerts.rules import TAKEN
from service.alerts.schemas import Action
from service.console.access import FiltersDep, ReviewerDep
from service.console.catalogue import LANGUAGES
from service.console.rendering import HEADERS, page
from service.console.review import keys_of
from service.console.route import PageRoute
from service.errors import InvalidRequest
from service.identity.guard import PrincipalDep
from service.parts import PartsDep

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
THEMES = ("auto", "light", "dark")
RELOAD = {**HEADERS, "HX-Refresh": "true"}


@router.get("/me")
def me(request: Request, parts: PartsDep, who: PrincipalDep) -> Response:
    """The page of the account."""
    values = {"outcomes": parts.deciding.rules.outcomes, "keys": keys_of(parts, who), "themes": THEMES}
    return page(request, "me.html", who, values)


@router.post("/me")
async def prefer(request: Request, parts: PartsDep, who: PrincipalDep) -> Response:
    """Keep language, theme and keys. Raises InvalidRequest for what cannot be."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    changes: dict[str, object] = {}
    if (language := form.get("language")) is not None:
        changes["language"] = _one_of(language, tuple(LANGUAGES), "language")
    if (theme := form.get("theme")) is not None:
        changes["theme"] = _one_of(theme, THEMES, "theme")
    if (shortcuts := form.get("shortcuts")) is not None:
        changes["shortcuts"] = _one_of(shortcuts, ("on", "off"), "shortcuts")
    keys = {
        action: form[f"key.{action}"].strip().lower()
        for action in parts.deciding.rules.outcomes
        if f"key.{action}" in form
    }
    if keys:
        _check_keys({**keys_of(parts, who), **keys})
        changes["keys"] = keys
    parts.accounts.prefer(who.name, changes)
    return Response(status_code=204, headers=RELOAD)


@router.post("/views")
def save_view(
    parts: PartsDep, who: ReviewerDep, filters: FiltersDep, name: Annotated[str, Form(min_length=1, max_length=100)]
) -> Response:
    """Keep the filters of the page under a name."""
    parts.views.save(who.account_id, name.strip(), filters)
    return Response(status_code=204, headers=RELOAD)


@router.post("/views/remove")
def remove_view(parts: PartsDep, who: ReviewerDep, name: Annotated[str, Form(max_length=100)]) -> Response:
    """Forget a saved view."""
    parts.views.remove(who.account_id, name)
    return Response(status_code=204, headers=RELOAD)


def _one_of(value: str, known: tuple[str, ...], field: str) -> str:
    if value not in known:
        raise InvalidRequest(f"{value!r}", field=field, limit=", ".join(known))
    return value


def _check_keys(keys: Mapping[Action, str]) -> None:
    for action, key in keys.items():
        if len(key) != 1 or not ("a" <= key <= "z") or key in TAKEN:
            raise InvalidRequest(f"{key!r}", field=f"key.{action}", limit=f"a to z, none of {' '.join(sorted(TAKEN))}")
    if len(set(keys.values())) < len(keys):
        raise InvalidRequest("two outcomes have the same key", field="keys")
