"""Series of drift, arranged for the page: a row for each metric, in it a small plot for each station. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.console.plots import Small, small
from service.drift.schemas import DriftAlarmOut, SeriesOut

USUAL_UNTIL = timedelta(days=7)  # before the last day: what is newer says nothing of how it usually is
FEWEST = 30  # views or decisions of the last day, to say that it is not as usual
CHIEF = ("brightness", "sharpness", "score", "alerts", "unmatched", "false_alarms")
SHARES = frozenset(
    {"colour_map", "alerts", "unmatched", "nothing_found", "false_alarms", "false_alarm_reason", "tests_wrong", "late"}
)


@dataclass(frozen=True, kw_only=True)
class Plot:
    """One series at one station."""

    station: str | None  # None: all
    drawn: Small
    series: SeriesOut
    alarmed: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    """One metric at all stations."""

    metric: str
    modality: str
    share: bool  # its values are shares of one
    plots: Sequence[Plot]
    open: bool  # shown from the start

    @property
    def alarmed(self) -> bool:
        """Whether an alarm is about it."""
        return any(plot.alarmed for plot in self.plots)


def rows(series: Iterable[SeriesOut], alarms: Iterable[DriftAlarmOut]) -> Sequence[Row]:
    """Metrics with alarms first, then as they come; series without points are left out."""
    alarmed = {(alarm.metric, alarm.modality, alarm.station) for alarm in alarms if alarm.state != "over"}
    grouped: dict[tuple[str, str], list[Plot]] = {}
    for one in series:
        if one.points:
            about = {(one.metric, one.modality, place) for place in (one.station, None)}
            plot = Plot(station=one.station, drawn=drawn(one), series=one, alarmed=bool(about & alarmed))
            grouped.setdefault((one.metric, one.modality), []).append(plot)
    made = [_row(metric, modality, plots) for (metric, modality), plots in grouped.items()]
    return sorted(made, key=lambda row: not row.alarmed)


def drawn(series: SeriesOut) -> Small:
    """A series with at least one point as a small plot."""
    until = date.fromisoformat(series.points[-1].day) - USUAL_UNTIL
    usual = sum(date.fromisoformat(point.day) <= until for point in series.points)
    points = [(point.value, point.low, point.high) for point in series.points]
    return small(points, usual=usual, sure=series.points[-1].count >= FEWEST)


def _row(metric: str, modality: str, plots: Sequence[Plot]) -> Row:
    shown = metric in CHIEF or any(plot.alarmed for plot in plots)
    return Row(metric=metric, modality=modality, share=metric in SHARES, plots=plots, open=shown)
