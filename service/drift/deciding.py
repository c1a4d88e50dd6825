"""From decisions by days to what has changed in them: false alarms and their reasons, tests, late ones. Pure."""

from collections.abc import Callable, Mapping, Sequence

from service.alerts.rules import ReviewRules
from service.alerts.schemas import Action
from service.drift.comparing import OF_DECISIONS, Change, to_tell
from service.drift.hints import hint_of_decisions
from service.drift.measures import Comparison, compare_rates
from service.drift.repository import Decided, Place

FEWEST = 50  # decisions in the window
FEWEST_A_DAY = 10  # decided alerts are rarer than views
Counted = Callable[[Decided], bool]


def decision_changes(
    rows: Sequence[Decided], window: str, rules: ReviewRules, offices: Mapping[str, str]
) -> list[Change]:
    """Each rate since the day `window`, beside the days before. `offices`: of the stations that are watched."""
    settled, wrong = _settled(rules)
    made = [
        *_of_stations([row for row in rows if settled(row)], wrong, window, offices),
        _whole("tests_wrong", [row for row in rows if row.test], lambda row: row.right is False, window),
        _whole("late", [row for row in rows if not row.test], lambda row: row.late, window),
    ]
    kinds = sorted({(row.action, row.reason or "") for row in rows if wrong(row)})
    for action, reason in kinds:
        hint = hint_of_decisions("false_alarm_reason", rules.improved_by(_action(action, rules), reason or None))
        alike = _alike(action, reason)
        subject = f"{action}/{reason}"
        made.append(_whole("false_alarm_reason", [r for r in rows if settled(r)], alike, window, hint, subject))
    return [one for one in made if one is not None]


def _settled(rules: ReviewRules) -> tuple[Counted, Counted]:
    """Whether a decision settled the question, and whether it said that the suspicion was wrong."""
    right, wrong = rules.settling("confirmed"), rules.settling("unconfirmed")
    return (
        lambda row: not row.test and row.action in (*right, *wrong),
        lambda row: not row.test and row.action in wrong,
    )


def _alike(action: str, reason: str) -> Counted:
    return lambda row: row.action == action and (row.reason or "") == reason


def _action(name: str, rules: ReviewRules) -> Action:
    return next(action for action in rules.outcomes if action == name)


def _whole(
    metric: str, rows: Sequence[Decided], hits: Counted, window: str, hint: str | None = None, subject: str = ""
) -> Change | None:
    comparison = _compared(rows, hits, window)
    if comparison is None:
        return None
    told = comparison.over and comparison.up  # fewer of them is good news
    hint = hint or hint_of_decisions(metric, "none")
    return _change(metric, None, comparison, told, hint, subject)


def _of_stations(
    rows: Sequence[Decided], hits: Counted, window: str, offices: Mapping[str, str]
) -> list[Change | None]:
    places: list[Place | None] = [None, *(Place(office=own, station=name) for name, own in offices.items())]
    found = {}
    for place in places:
        own = rows if place is None else [row for row in rows if row.station == place.station]
        if (comparison := _compared(own, hits, window)) is not None:
            found[place] = comparison
    told = to_tell({place: one for place, one in found.items() if one.up})
    return [_change("false_alarms", place, one, place in told, "unknown", "") for place, one in found.items()]


def _change(metric: str, place: Place | None, comparison: Comparison, told: bool, hint: str, subject: str) -> Change:
    return Change(
        metric=metric,
        modality=OF_DECISIONS,
        place=place,
        comparison=comparison,
        to_tell=told,
        hint=hint,
        subject=subject,
    )


def _compared(rows: Sequence[Decided], hits: Counted, window: str) -> Comparison | None:
    now, days = (0, 0), dict[str, tuple[int, int]]()
    for row in rows:
        gained = row.count if hits(row) else 0
        if row.day >= window:
            now = (now[0] + gained, now[1] + row.count)
        else:
            had = days.get(row.day, (0, 0))
            days[row.day] = (had[0] + gained, had[1] + row.count)
    return compare_rates(list(days.values()), now, fewest=FEWEST, fewest_a_day=FEWEST_A_DAY)
