"""Which scan goes next. Pure.

Scans of a parcel are posted in the order in which they were taken; one that is posted and not answered holds up nobody.
Questions about posted scans never take all threads: the service may keep them open until an officer has decided.
Otherwise whoever can still be answered in time comes first; a live scan whose time is over waits like any other that
can wait, so a backlog never makes the line late.
"""

from collections.abc import Collection, Iterable

from service.agent.items import LANES, Item

ASKING = "scan"
LATE = LANES.index("bulk")
Rank = tuple[int, float, int]


def next_item(items: Iterable[Item], *, busy: Collection[str], now: float, questions: int) -> Item | None:
    """The scan to see to now, or None; none whose `turn` is `busy`, and no more than so many questions at a time.

    `now` and the items' moments are monotonic.
    """
    asked_enough = sum(mine.startswith(ASKING) for mine in busy) >= questions
    first: dict[str, Item] = {}
    for item in items:
        known = first.get(turn(item))
        if known is None or item.id < known.id:
            first[turn(item)] = item
    ready = (
        item
        for mine, item in first.items()
        if mine not in busy and item.next_try <= now and not (asked_enough and item.scan is not None)
    )
    return min(ready, key=lambda item: rank(item, now), default=None)


def turn(item: Item) -> str:
    """What is done one after the other: posts of a parcel; a question about a posted scan is on its own."""
    return f"parcel {item.parcel}" if item.scan is None else f"{ASKING} {item.id}"


def rank(item: Item, now: float) -> Rank:
    """The smallest comes first."""
    urgent = LANES.index(item.lane)
    if item.deadline is None:
        return urgent, float("inf"), item.id
    if item.deadline <= now:
        return LATE, float("inf"), item.id
    return urgent, item.deadline, item.id
