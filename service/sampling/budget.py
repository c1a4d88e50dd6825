"""How many questions there may be: by minute, hour and day, by sampler and office, and none twice. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import floor

from service.labels.boxes import overlap
from service.sampling.rules import SamplingRules
from service.sampling.samplers import Pick


@dataclass(frozen=True, kw_only=True)
class Used:
    """What was asked before."""

    minute: int = 0
    hour: int = 0
    day: int = 0
    samplers: Counter[str] = field(default_factory=Counter)  # of the day
    offices: Counter[str] = field(default_factory=Counter)  # of the day
    consignors: Counter[tuple[str, str]] = field(default_factory=Counter)  # of the day, by office
    parcels: frozenset[tuple[str, str]] = frozenset()  # office and parcel that somebody was asked about


def room(used: Used, rules: SamplingRules) -> int:
    """How many more there may be now."""
    limits = rules.budget
    return max(0, min(limits.a_minute - used.minute, limits.an_hour - used.hour, limits.a_day - used.day))


def affordable(given: Iterable[Pick], used: Used, rules: SamplingRules) -> list[Pick]:
    """The most urgent ones that may be asked now, whatever the order in which they come."""
    limits, left = rules.budget, room(used, rules)
    samplers, offices, consignors = Counter(used.samplers), Counter(used.offices), Counter(used.consignors)
    chosen: list[Pick] = []
    for one in sorted(given, key=_order):
        scan = one.scan
        if len(chosen) >= left:
            break
        if samplers[one.sampler] >= floor(rules.samplers.named(one.sampler).share * limits.a_day):
            continue
        if offices[scan.office] >= limits.an_office_a_day or (scan.office, scan.parcel) in used.parcels:
            continue
        if scan.consignor and consignors[scan.office, scan.consignor] >= limits.a_consignor_a_day:
            continue
        if _asked(one, chosen, limits.places_of_a_scan, limits.overlap):
            continue
        samplers[one.sampler] += 1
        offices[scan.office] += 1
        consignors[scan.office, scan.consignor] += 1
        chosen.append(one)
    return chosen


def _order(one: Pick) -> tuple[int, str, int, tuple[float, ...]]:
    return one.priority, one.scan.scan_id, one.place.view, one.place.box


def _asked(one: Pick, chosen: Sequence[Pick], places: int, least: float) -> bool:
    """Whether its parcel has its questions already, or one about nearly this place."""
    parcel = (one.scan.office, one.scan.parcel)
    own = [other for other in chosen if (other.scan.office, other.scan.parcel) == parcel]
    if any(other.scan.scan_id != one.scan.scan_id for other in own) or len(own) >= places:
        return True
    return any(other.place.view == one.place.view and overlap(other.place.box, one.place.box) >= least for other in own)
