"""Who looks at a page, and what its address says of the worklist it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request

from service.alerts.deciding import Officer
from service.alerts.worklist import Filters
from service.identity.guard import PrincipalDep
from service.identity.principal import Principal
from service.identity.roles import Permission
from service.parts import Parts, PartsDep

LONGEST = 500  # characters of a filter's value
HOME = "/console"
MOST_MINUTES = 525_600  # a year


def filters_of(values: Mapping[str, Any]) -> Filters:
    """Filters as an address or a form says them; what makes no sense narrows nothing."""
    tier, age = str(values.get("tier", "")), str(values.get("older_than", ""))
    return Filters(
        tier=int(tier) if tier in ("0", "1", "2") else None,
        mark=_text(values.get("mark")),
        holder=_text(values.get("holder")),
        station=_text(values.get("station")),
        older_than=min(int(age), MOST_MINUTES) if age.isascii() and age.isdigit() and len(age) < 9 else None,
        mine=values.get("mine") == "1",
        unread=values.get("unread") == "1",
    )


def query_of(filters: Filters) -> str:
    """The same as part of an address: empty, or beginning with `?`."""
    given = {name: "1" if value is True else value for name, value in filters.given().items()}
    return f"?{urlencode(given)}" if given else ""


def _filters(request: Request) -> Filters:
    return filters_of(request.query_params)


def _reviewer(who: PrincipalDep) -> Principal:
    who.need(Permission.SEE_ALERTS)
    return who


def _onlooker(who: PrincipalDep) -> Principal:
    who.need(Permission.SEE_MODELS)
    return who


def _operator(who: PrincipalDep) -> Principal:
    who.need(Permission.OPERATE_MODELS)
    return who


def _officer(who: Principal) -> Officer:
    who.need(Permission.DECIDE)
    return officer_of(who)


def officer_of(who: Principal) -> Officer:
    """The account as an officer; it acts under its own name."""
    return Officer(name=who.name, account_id=who.account_id, office=who.office)


def local(target: str) -> str:
    """A page of the console, whatever was asked for: nobody is sent elsewhere."""
    plain = target.startswith(HOME) and "//" not in target and "\\" not in target and target.isprintable()
    return target if plain and target[len(HOME) : len(HOME) + 1] in ("", "/", "?") else HOME


def _text(value: object) -> str | None:
    text = str(value or "").strip()[:LONGEST]
    return text or None


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What an officer's act on a page needs: the request, the parts, who acts, in which part of the worklist."""

    request: Request
    parts: Parts
    who: Principal
    officer: Officer
    filters: Filters


def _desk(request: Request, parts: PartsDep, who: PrincipalDep) -> Desk:
    return Desk(request=request, parts=parts, who=who, officer=_officer(who), filters=_filters(request))


DeskDep = Annotated[Desk, Depends(_desk)]
OnlookerDep = Annotated[Principal, Depends(_onlooker)]
OperatorDep = Annotated[Principal, Depends(_operator)]
FiltersDep = Annotated[Filters, Depends(_filters)]
ReviewerDep = Annotated[Principal, Depends(_reviewer)]
