"""The worklist's live feed: server-sent events that go on where they broke off."""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import StreamingResponse

from service.console.access import ReviewerDep
from service.console.rendering import HEADERS
from service.console.route import PageRoute
from service.parts import PartsDep

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)


@router.get("/events")
async def events(
    parts: PartsDep, who: ReviewerDep, last_event_id: Annotated[str | None, Header(max_length=20)] = None
) -> StreamingResponse:
    """What happens to the alerts of the office."""
    after = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else None
    parts.followers.check_room()
    stream = parts.followers.stream(who.office, after)
    return StreamingResponse(stream, media_type="text/event-stream", headers={**HEADERS, "X-Accel-Buffering": "no"})
