"""`tidewaiter replay ID`: reach the verdict of an alert or a scan again, by the registry as it was."""

from typing import Annotated

import typer
from rich.markup import escape

from service.cli.opening import opened_parts
from service.cli.screen import as_json, out
from service.replays.schemas import ReplayOut


def replay(
    subject: Annotated[str, typer.Argument(metavar="ID", help="Of an alert or a scan.")],
    json_only: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Reach a verdict again by the registry as it was then; nothing is changed. Exit status 1 if it is another one."""
    with opened_parts() as parts:
        replays = parts.replays
        told = replays.alert(subject) if subject.startswith("alert_") else replays.scan(subject)
    if json_only:
        as_json(told)
    else:
        _tell(told)
    if not told.same:
        raise typer.Exit(1)


def _tell(told: ReplayOut) -> None:
    same = "the same verdict" if told.same else "another verdict"
    out().print(f"{same}: {told.verdict.decision}, by {told.marks} marks at revision {told.registry_revision}")
    for item in told.verdict.suspicions:
        out().print(f"  {escape(item.mark.title)} of {escape(item.mark.holder)}: {item.score:.3f}, {item.outcome}")
    for text in told.differences:
        out().print(f"  {escape(text)}")
    if told.other_models:
        out().print(f"  replaced since: {', '.join(told.other_models)}")
