"""/v1/registry/holders: enter, change, show and list right holders."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.answers import problems
from service.holders.schemas import HolderEntry, HolderOut, HolderPage
from service.identity.guard import PrincipalDep
from service.parts import PartsDep
from service.versions import IfMatch, tagged, version_of

router = APIRouter(prefix="/v1/registry/holders", tags=["holders"])


@router.post("", summary="Enter a right holder", status_code=201, responses=problems(409, 422))
def post_holder(entry: HolderEntry, response: Response, parts: PartsDep, who: PrincipalDep) -> HolderOut:
    """A filing enters an unknown right holder by itself; this is for those who have none yet."""
    who.speaks_as(entry.officer)
    made = parts.holders.create(entry)
    response.headers["Location"] = f"{router.prefix}/{made.id}"
    tagged(response, made.version)
    return made


@router.get("", summary="List right holders", responses=problems(422))
def list_holders(
    parts: PartsDep,
    limit: Annotated[int, Query(ge=1, le=500, description="Right holders on a page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before.")] = None,
) -> HolderPage:
    """Right holders in the order in which they were entered, a page at a time."""
    return parts.holders.page(cursor=cursor, limit=limit)


@router.get("/{holder_id}", summary="Show a right holder", responses=problems(404))
def get_holder(holder_id: str, response: Response, parts: PartsDep) -> HolderOut:
    """One right holder with contacts and representatives."""
    found = parts.holders.get(holder_id)
    tagged(response, found.version)
    return found


@router.put("/{holder_id}", summary="Change a right holder", responses=problems(404, 409, 422, 428))
def put_holder(
    holder_id: str,
    entry: HolderEntry,
    response: Response,
    parts: PartsDep,
    who: PrincipalDep,
    if_match: IfMatch = None,
) -> HolderOut:
    """Replace what is known of it. A new name is on its marks at once."""
    who.speaks_as(entry.officer)
    changed = parts.holders.change(holder_id, version_of(if_match), entry)
    tagged(response, changed.version)
    return changed
