"""What an event makes of a recordation's procedure. Reads the row, changes nothing."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NoReturn

from service.law.profiles import Profile
from service.recordations import repository
from service.recordations.errors import CannotFollow
from service.recordations.rules import InvalidFiling, check_procedure, term_of
from service.recordations.schedule import Schedule
from service.recordations.schemas import EventIn, Procedure, RecordationOut
from service.recordations.states import follow
from service.tables import RecordationRow


@dataclass(frozen=True, kw_only=True)
class Happened:
    """The procedure after an event, and the number the recordation has then."""

    procedure: Procedure
    number: str | None


def happen(row: RecordationRow, event: EventIn, schedule: Schedule, current: RecordationOut) -> Happened:
    """What `event` makes of the recordation.

    Raises CannotFollow with `current`, its present state, if it cannot happen there; InvalidFiling naming what is wrong
    with the event.
    """
    profile = schedule.law.profile(row.profile)
    today = schedule.today(profile)
    after = follow(current.procedure.status, event.event)
    if after is None:
        can = ", ".join(current.events) or "nothing"
        _refuse(current, f"{event.event!r} cannot happen to a recordation that is {row.status}; {can} can")
    on = event.on or today
    if on > today:
        raise InvalidFiling(f"{on} has not come yet", field="on", limit=f"{today} or before")
    if event.event == "renew":
        _check_renewal(row, profile, current, on)
    _check_reason(event, profile)
    number = event.number if event.event == "approve" and event.number else row.number
    content = repository.content_of(row).model_copy(update={"number": number})
    changes = _changes(row, event, schedule, on)
    procedure = current.procedure.model_copy(update={"status": after, **changes})
    if event.event == "approve":
        first, last = term_of(procedure, content, profile)
        procedure = procedure.model_copy(update={"valid_from": first, "valid_to": last})
    check_procedure(procedure, content, profile)
    return Happened(procedure=procedure, number=number)


def _changes(row: RecordationRow, event: EventIn, schedule: Schedule, on: date) -> dict[str, date | str | None]:
    """What the event sets besides the status."""
    match event.event:
        case "submit":
            return {"submitted_on": on}
        case "approve":
            return {"decided_on": on}
        case "refuse":
            return {"decided_on": on, "refusal_reason": event.reason}
        case "renew":
            return {"valid_to": schedule.renewed(row)}
        case "lapse" | "cancel" | "revoke":
            return {"ended_on": on, "end_reason": event.reason}
        case "accept" | "suspend" | "resume":
            return {}


def _check_reason(event: EventIn, profile: Profile) -> None:
    """A refusal needs one of the reasons the law knows, and a revocation needs a reason."""
    if event.event == "refuse":
        known = [reason.code for reason in profile.recordation.refusal_reasons]
        if event.reason not in known:
            raise InvalidFiling(f"{event.reason!r} is no reason to refuse", field="reason", limit=", ".join(known))
    if event.event == "revoke" and not event.reason:
        raise InvalidFiling("a revocation needs its reason", field="reason")


def _check_renewal(row: RecordationRow, profile: Profile, current: RecordationOut, on: date) -> None:
    """Renewal is open for a while before the last day, and for the days of grace after it."""
    if row.valid_to is None or current.renewal_opens_on is None:
        _refuse(current, "a recordation without an end needs no renewal")
    grace = row.valid_to + timedelta(days=profile.recordation.grace.days)
    if not current.renewal_opens_on <= on <= grace:
        window = f"{current.renewal_opens_on} to {grace} ({profile.recordation.renewal_window.citation})"
        _refuse(current, f"on {on} it cannot be renewed, only from {window}")


def _refuse(current: RecordationOut, text: str) -> NoReturn:
    raise CannotFollow(text, field="event", current=current.model_dump(mode="json"))
