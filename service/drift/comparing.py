"""From tallies of views to what has changed, and where. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from inference.vocabulary import Modality
from service.drift.hints import hint_of
from service.drift.measures import FEWEST_A_DAY, FEWEST_DAYS, Comparison, compare_rates, compare_shares
from service.drift.repository import Day, Place
from service.drift.tallies import FIGURES, RATES, Tally, added

REFERENCE = timedelta(days=28)  # before what is compared
GUARD = timedelta(days=7)  # left out between them: else a lamp that ages slowly is compared with itself
OF_DECISIONS = "all"  # the modality of what is about decisions: they are of all
OF_MODELS = frozenset({*RATES, *(name for name, figure in FIGURES.items() if figure.of_model)})
OF_SIGHT = frozenset(FIGURES) - OF_MODELS


@dataclass(frozen=True, kw_only=True)
class Change:
    """One metric at one place, compared; it may not have changed at all."""

    metric: str
    modality: str
    place: Place | None  # None: all stations
    comparison: Comparison
    to_tell: bool  # it changed, and no other change says the same
    hint: str = "unknown"
    subject: str = ""  # the reason, of false alarms
    mark: str = ""  # to which most of it goes; another one tomorrow is no other change

    @property
    def over(self) -> bool:
        """Whether it is changed, told or not; of decisions, fewer mistakes are no change to tell."""
        return self.comparison.over and (self.modality != OF_DECISIONS or self.comparison.up)

    @property
    def live(self) -> str:
        """What it is about: there is one alarm for it at a time."""
        return live_of(self.metric, self.modality, self.place, self.subject)


@dataclass(frozen=True, kw_only=True)
class _History:
    """The days of all places; what goes for which metric and place."""

    days: Mapping[Place | None, Sequence[tuple[str, Tally]]]
    modality: Modality
    until: str
    frozen: Mapping[str, str]

    def of(self, place: Place | None, metric: str = "") -> list[Tally]:
        """The days that the metric at this place is compared with; of models, the last week too."""
        until = self.frozen.get(live_of(metric, self.modality, place), self.until)
        guarded = self._before(place, until, GUARD) if metric in OF_SIGHT else []
        enough = sum(day.views >= FEWEST_A_DAY for day in guarded) >= FEWEST_DAYS
        return guarded if enough else self._before(place, until, timedelta(0))

    def _before(self, place: Place | None, until: str, guard: timedelta) -> list[Tally]:
        end = date.fromisoformat(until) - guard
        first, last = (end - REFERENCE).isoformat(), end.isoformat()
        return [tally for day, tally in self.days.get(place, ()) if first <= day < last]


def live_of(metric: str, modality: str, place: Place | None, subject: str = "") -> str:
    """What a change is about, in one line."""
    where = "" if place is None else f"{place.office}/{place.station}"
    return f"{metric}/{modality}/{where}/{subject}"[:400]


def changes(
    days: Sequence[Day],
    now: Mapping[Place, Tally],
    modality: Modality,
    *,
    until: str,
    frozen: Mapping[str, str] | None = None,
) -> list[Change]:
    """Every metric of views, at each station and over all, as far as there are enough views to compare.

    What is now is compared with four weeks before the day `until`; where there is an alarm, with those before it was
    raised, as `frozen` says: else what it is about would soon be normal.
    """
    history = _History(days=_histories(days), modality=modality, until=until, frozen=frozen or {})
    compared = {metric: _compared(metric, history, now) for metric in (*FIGURES, *RATES)}
    told = {metric: to_tell(found) for metric, found in compared.items()}
    return [
        Change(
            metric=metric,
            modality=modality,
            place=place,
            comparison=comparison,
            to_tell=place in told[metric],
            hint=hint_of(
                metric,
                modality=modality,
                up=comparison.up,
                everywhere=place is None,
                new_models=_new_models(history.of(place), _now(now, place)),
                beside=[name for name, places in told.items() if place in places],
            ),
        )
        for metric, found in compared.items()
        for place, comparison in found.items()
    ]


def to_tell(found: Mapping[Place | None, Comparison]) -> frozenset[Place | None]:
    """Where a change is told: once for all if it is so at most stations, else at those where it is so.

    A station that changed alone moves the whole too: that is no news. What is too little to be seen at any station, or
    where none has views enough, is told of the whole.
    """
    stations = {place: one for place, one in found.items() if place is not None}
    over = frozenset(place for place, one in stations.items() if one.over)
    whole = None in found and found[None].over
    if whole and len(stations) > 1 and 2 * len(over) > len(stations):
        return frozenset({None})
    if over:
        return over
    return frozenset({None}) if whole and len(stations) != 1 else frozenset()


def _histories(days: Sequence[Day]) -> dict[Place | None, list[tuple[str, Tally]]]:
    """The days of each place, and those of all places together, in order."""
    history: dict[Place | None, list[tuple[str, Tally]]] = {}
    by_day: dict[str, list[Tally]] = {}
    for one in sorted(days, key=lambda one: one.day):
        history.setdefault(one.place, []).append((one.day, one.tally))
        by_day.setdefault(one.day, []).append(one.tally)
    history[None] = [(day, added(parts)) for day, parts in by_day.items()]
    return history


def _compared(metric: str, history: _History, now: Mapping[Place, Tally]) -> dict[Place | None, Comparison]:
    found: dict[Place | None, Comparison] = {}
    for place in (None, *now):
        before: Sequence[Tally] = history.of(place, metric)
        recent = _now(now, place)
        if metric in OF_MODELS:
            before = _of_same_models(before, recent)
        if metric in FIGURES:
            comparison = compare_shares([day.histograms[metric] for day in before], recent.histograms[metric])
        else:
            rates = [(day.hits[metric], day.views) for day in before]
            comparison = compare_rates(rates, (recent.hits[metric], recent.views))
        if comparison is not None:
            found[place] = comparison
    return found


def _now(now: Mapping[Place, Tally], place: Place | None) -> Tally:
    return added(now.values()) if place is None else now[place]


def _of_same_models(before: Sequence[Tally], recent: Tally) -> Sequence[Tally]:
    """Days since the models of now are at work, once they are enough; until then all, so that their effect is seen."""
    same = [day for day in before if day.release == recent.release and day.views >= FEWEST_A_DAY]
    return same if len(same) >= FEWEST_DAYS else before


def _new_models(before: Sequence[Tally], recent: Tally) -> bool:
    """Whether most views before were judged by other models, and not yet for long enough by these."""
    return len(before) > 0 and added(_of_same_models(before, recent)).release != recent.release
