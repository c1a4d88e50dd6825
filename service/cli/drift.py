"""`tidewaiter drift`: whether what comes in, and what is made of it, is as it was."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.alerts.rules import load_rules
from service.cli.screen import as_json, out
from service.clock import system_clock
from service.database import Database
from service.drift.days import roll_up
from service.drift.schemas import DriftAlarmOut, SeriesOut
from service.drift.service import DriftService
from service.drift.watching import MODALITIES
from service.schemas import Outgoing
from service.settings import load_settings

BARS = "▁▂▃▄▅▆▇█"


class DriftOut(Outgoing):
    """All of it."""

    alarms: list[DriftAlarmOut]
    series: list[SeriesOut]


def drift(
    days: Annotated[int, typer.Option(min=1, max=366, help="How far back.")] = 28,
    station: Annotated[str | None, typer.Option(help="At this station only.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="As the service answers it.")] = False,
) -> None:
    """Show what changed: alarms that are not over, and each figure by days, at each station."""
    settings = load_settings()
    database = Database(settings.url)
    database.migrate()
    service = DriftService(database=database, rules=load_rules(settings.review_rules), clock=system_clock)
    for modality in MODALITIES:
        roll_up(database, modality, system_clock())
    alarms = [one for one in service.alarms(None, live=True) if station in (None, one.station)]
    found = DriftOut(alarms=alarms, series=service.all_series(days=days, station=station))
    database.close()
    if json_:
        as_json(found)
    else:
        _show(found)


def sparkline(values: Sequence[float]) -> str:
    """One character for each value, from the least to the most; a line in the middle if all are the same."""
    if not values:
        return ""
    low, high = min(values), max(values)
    if high == low:
        return BARS[len(BARS) // 2] * len(values)
    top = len(BARS) - 1
    return "".join(BARS[round((value - low) / (high - low) * top)] for value in values)


def _show(found: DriftOut) -> None:
    for alarm in found.alarms:
        where = "all stations" if alarm.station is None else alarm.station
        since = alarm.raised_at.isoformat(timespec="minutes")
        subject = f" ({alarm.subject})" if alarm.subject else ""
        head = f"{alarm.metric}{subject}, {alarm.modality}, {where}, since {since}, {alarm.state}"
        out().print(f"[red]{escape(head)}[/red]: {escape(alarm.text)}")
    table = Table("station", "modality", "metric", "first", "last", "days", "")
    for one in found.series:
        first, last = one.points[0].value, one.points[-1].value
        line = sparkline([point.value for point in one.points])
        where = escape(one.station or "all")
        table.add_row(where, one.modality, one.metric, f"{first:.4g}", f"{last:.4g}", str(len(one.points)), line)
    out().print(table)
