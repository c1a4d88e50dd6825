"""Addresses of the console at which there is nothing."""

from fastapi import APIRouter

from service.console.access import ReviewerDep
from service.console.route import PageRoute
from service.errors import UnknownPage

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)


@router.get("/{rest:path}")
def nowhere(rest: str, who: ReviewerDep) -> None:
    """Says so."""
    raise UnknownPage(f"/console/{rest[:100]}", field="path")
