"""`tidewaiter rescreen`: was a mark in parcels that are long gone?"""

from datetime import UTC, datetime
from typing import Annotated

import typer

from service.cli.jobs import tell
from service.cli.opening import opened_parts
from service.cli.screen import out, steps
from service.rescreening.jobs import RESCREEN
from service.rescreening.schemas import RescreenOptions


def rescreen(
    mark: Annotated[str, typer.Argument(metavar="MARK", help="A recorded mark.")],
    officer: Annotated[str, typer.Option("--officer", help="Who asks.")],
    since: Annotated[datetime | None, typer.Option(help="Only scans received from then on (UTC).")] = None,
    office: Annotated[str | None, typer.Option(help="Only of this office.")] = None,
) -> None:
    """Look for a mark in what past scans held; nothing is decided by it."""
    asked = RescreenOptions(mark_id=mark, since=None if since is None else since.replace(tzinfo=UTC), office=office)
    with opened_parts() as parts:
        job = parts.learning.jobs.add(RESCREEN, asked.model_dump(mode="json"), officer)
        with steps() as moved:
            one = parts.learning.jobs.do(job.id, lambda step, done, total, _note: moved(step, done, total))
        places = parts.learning.hits.page(one.id, limit=20, skip=0).items
    if one.result is not None:
        out().print(one.result["summary"])
    for place in places:
        out().print(f"  {place.at:%Y-%m-%d %H:%M} {place.scan_id} view {place.view} score {place.score:.2f}")
    if one.state != "done":
        tell(one)
