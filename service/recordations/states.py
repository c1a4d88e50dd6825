"""The life cycle of a recordation. Pure: what may follow what, and how a stored status stands on a given day.

    draft - submit -> submitted - accept -> under_review - approve -> approved - renew -> approved
                          |____________________|- refuse -> refused     |- suspend -> suspended - resume -> approved
    any of the first three - cancel -> cancelled                        |- lapse | cancel | revoke -> lapsed | ...

`expiring` and `expired` are not stored: they follow from the dates, so no clock has to run for them.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Status = Literal[
    "draft", "submitted", "under_review", "approved", "refused", "suspended", "lapsed", "cancelled", "revoked"
]
Standing = Literal[
    "draft",
    "submitted",
    "under_review",
    "approved",
    "expiring",
    "expired",
    "refused",
    "suspended",
    "lapsed",
    "cancelled",
    "revoked",
]
Event = Literal["submit", "accept", "approve", "refuse", "renew", "suspend", "resume", "lapse", "cancel", "revoke"]

FOLLOWS: dict[Event, dict[Status, Status]] = {
    "submit": {"draft": "submitted"},
    "accept": {"submitted": "under_review"},
    "approve": {"under_review": "approved"},
    "refuse": {"submitted": "refused", "under_review": "refused"},
    "renew": {"approved": "approved"},
    "suspend": {"approved": "suspended"},
    "resume": {"suspended": "approved"},
    "lapse": {"approved": "lapsed", "suspended": "lapsed"},
    "cancel": {
        "draft": "cancelled",
        "submitted": "cancelled",
        "under_review": "cancelled",
        "approved": "cancelled",
        "suspended": "cancelled",
    },
    "revoke": {"approved": "revoked", "suspended": "revoked"},
}
ENDED: frozenset[Status] = frozenset({"refused", "lapsed", "cancelled", "revoked"})
GRANTED: frozenset[Status] = frozenset({"approved", "suspended", "lapsed", "revoked"})  # they were approved once


@dataclass(frozen=True, kw_only=True)
class Term:
    """From when until when a recordation is valid, both days included, and from when it may be renewed."""

    valid_from: date
    valid_to: date | None  # None: without an end
    renewal_opens: date | None


def follow(status: Status, event: Event) -> Status | None:
    """What `event` makes of `status`; None if it cannot happen there."""
    return FOLLOWS[event].get(status)


def events_of(status: Status) -> list[Event]:
    """What can happen to a recordation with this status."""
    return [event for event, steps in FOLLOWS.items() if status in steps]


def standing(status: Status, term: Term | None, today: date) -> Standing:
    """How a recordation stands on a day."""
    if status != "approved" or term is None:
        return status
    if term.valid_to is not None and today > term.valid_to:
        return "expired"
    if term.renewal_opens is not None and today >= term.renewal_opens:
        return "expiring"
    return "approved"
