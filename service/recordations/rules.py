"""What a filing must fulfil, by the rules of its jurisdiction. Pure: the rules themselves are data (`service.law`)."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from service.errors import ServiceError
from service.law.profiles import Profile
from service.law.terms import end_of_validity
from service.recordations.documents import MATCHED, Content, Filing
from service.recordations.schemas import Procedure
from service.recordations.states import ENDED, GRANTED


class InvalidFiling(ServiceError):
    """The recordation is not as the rules of its jurisdiction want it."""

    status = 422


def check_filing(filing: Filing, profile: Profile) -> None:
    """Raise InvalidFiling naming the field of `metadata` that breaks a rule, and the rule's source."""
    rules = profile.recordation
    if filing.right_type not in rules.right_types:
        known = ", ".join(rules.right_types)
        raise InvalidFiling(f"{profile.title} records no {filing.right_type}", field="metadata.right_type", limit=known)
    first, last = rules.nice_classes.first, rules.nice_classes.last
    for number, goods in enumerate(filing.goods):
        if not first <= goods.nice_class <= last:
            raise InvalidFiling(
                f"class {goods.nice_class} is not recorded in {profile.jurisdiction} ({rules.nice_classes.citation})",
                field=f"metadata.goods[{number}].nice_class",
                limit=f"Nice classes {first} to {last}",
            )
    _check_users(filing)
    _check_marks(filing)


def check_procedure(procedure: Procedure, filing: Content, profile: Profile) -> None:
    """Raise InvalidFiling if status and dates contradict each other or the profile's rule on validity."""
    for field, text in _contradictions(procedure, filing):
        raise InvalidFiling(text, field=f"metadata.{field}")
    if procedure.status not in GRANTED or procedure.decided_on is None or procedure.valid_to is None:
        return
    begins = procedure.valid_from or procedure.decided_on
    first = end_of_validity(profile, begins, filing.right_expires_on)
    if procedure.valid_to > first and procedure.valid_to not in _renewals(profile, first, procedure.valid_to, filing):
        rule = profile.recordation.validity.citation
        limit = f"{first}, or the end of a renewal ({rule})"
        raise InvalidFiling(f"it would be valid to {procedure.valid_to}", field="metadata.valid_to", limit=limit)


def _renewals(profile: Profile, last: date, until: date, filing: Content) -> Iterator[date]:
    """The last days of the terms that follow one that ends with `last`, up to `until`."""
    while last < until:
        following = end_of_validity(profile, day_after(last), filing.right_expires_on)
        if following <= last:  # the right itself has ended
            return
        last = following
        yield last


def term_of(procedure: Procedure, filing: Content, profile: Profile) -> tuple[date | None, date | None]:
    """First and last day of validity of a granted recordation, those not given by the profile's rule."""
    if procedure.status not in GRANTED or procedure.decided_on is None:
        return procedure.valid_from, procedure.valid_to
    begins = procedure.valid_from or procedure.decided_on
    return begins, procedure.valid_to or end_of_validity(profile, begins, filing.right_expires_on)


def _contradictions(given: Procedure, filing: Content) -> Iterator[tuple[str, str]]:
    granted, ended = given.status in GRANTED, given.status in ENDED
    if given.valid_from and given.valid_to and given.valid_to < given.valid_from:
        yield "valid_to", f"it ends on {given.valid_to}, before it begins on {given.valid_from}"
    if granted and given.decided_on is None:
        yield "decided_on", f"a recordation that is {given.status} needs the day of its approval"
    if granted and filing.number is None:
        yield "number", f"a recordation that is {given.status} needs its number"
    if given.status in ("draft", "submitted", "under_review") and (given.decided_on or given.valid_from):
        yield "decided_on", f"a recordation that is {given.status} was not decided yet"
    if given.status in ("submitted", "under_review") and given.submitted_on is None:
        yield "submitted_on", f"a recordation that is {given.status} needs the day of its submission"
    if given.submitted_on and given.decided_on and given.decided_on < given.submitted_on:
        yield "decided_on", f"decided on {given.decided_on}, before it was submitted on {given.submitted_on}"
    if given.valid_from and given.decided_on and given.valid_from < given.decided_on:
        yield "valid_from", f"valid from {given.valid_from}, before it was approved on {given.decided_on}"
    begins = given.valid_from or given.decided_on
    if granted and begins and filing.right_expires_on and filing.right_expires_on < begins:
        yield "right_expires_on", f"the right ended on {filing.right_expires_on}, before {begins}"
    if given.status == "refused" and given.refusal_reason is None:
        yield "refusal_reason", "a refused recordation needs the reason of its refusal"
    if given.status != "refused" and given.refusal_reason is not None:
        yield "refusal_reason", f"a recordation that is {given.status} was not refused"
    if (given.ended_on or given.end_reason) and not (ended and given.status != "refused"):
        yield "ended_on", f"a recordation that is {given.status} has not ended"


def _check_users(filing: Filing) -> None:
    if filing.no_authorised_users and filing.authorised_users:
        count = len(filing.authorised_users)
        raise InvalidFiling(
            f"the holder declares that there are none, but {count} are given", field="metadata.authorised_users"
        )
    recorded = {goods.nice_class for goods in filing.goods}
    for number, user in enumerate(filing.authorised_users):
        beyond = sorted(set(user.nice_classes) - recorded) if recorded else []
        if beyond:
            raise InvalidFiling(
                f"{user.name} may use the marks for class {beyond[0]}, for which they are not recorded",
                field=f"metadata.authorised_users[{number}].nice_classes",
                limit=f"recorded classes: {', '.join(map(str, sorted(recorded)))}",
            )


def _check_marks(filing: Filing) -> None:
    if not filing.marks and filing.right_type in MATCHED:
        raise InvalidFiling(f"a {filing.right_type} needs at least one mark", field="metadata.marks")
    twice = [mark_id for mark_id, count in Counter(mark.mark_id for mark in filing.marks).items() if count > 1]
    if twice:
        raise InvalidFiling(f"mark_id {twice[0]!r} is given more than once", field="metadata.marks")
    for number, mark in enumerate(filing.marks):
        if mark.registered_on and mark.expires_on and mark.expires_on < mark.registered_on:
            text = f"it expires on {mark.expires_on}, before it was registered on {mark.registered_on}"
            raise InvalidFiling(text, field=f"metadata.marks[{number}].expires_on")


def day_after(day: date) -> date:
    """The next day; the last day there is for itself."""
    return day if day == date.max else day + timedelta(days=1)
