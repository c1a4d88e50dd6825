"""What trademark offices' files have in common: a registration, and the recordation it would be."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from service.exchange.records import Defaults, Record, Rejected, record_of

GOODS = range(1, 35)  # classes of goods; 35 to 45 are services, on which customs do not act


@dataclass(kw_only=True)
class Registration:
    """A trademark as its office registered it."""

    place: str
    office: str
    registration_no: str | None = None
    application_no: str | None = None
    madrid_no: str | None = None
    words: str | None = None
    feature: str = "combined"
    holder: str | None = None
    country: str | None = None
    representative: str | None = None
    classes: dict[int, str] = field(default_factory=dict)  # Nice class -> goods
    bad_classes: list[str] = field(default_factory=list)
    vienna: list[str] = field(default_factory=list)
    transliterations: list[str] = field(default_factory=list)
    filed_on: date | None = None
    registered_on: date | None = None
    expires_on: date | None = None
    dead: str | None = None  # why it is no longer in force
    pictures: list[str] = field(default_factory=list)

    @property
    def number(self) -> str | None:
        """By what it is called: registration, else application."""
        return self.registration_no or self.application_no


def as_record(given: Registration, defaults: Defaults) -> Record | Rejected:
    """The recordation that a registration would be, or why it is none."""
    problem = _problem(given)
    if problem is not None:
        named, reason = problem
        shown = given.words or given.number or ""
        return Rejected(place=given.place, reason=reason, field=named, text=shown[:200])
    return record_of(given.place, _filing(given, defaults), given.words or given.number or "")


def classified(given: Registration, number: str, goods: str | None) -> None:
    """Add a Nice class with its goods, or note that it is none."""
    if not number.isascii() or not number.isdecimal() or not 1 <= int(number) <= 45:
        given.bad_classes.append(number)
        return
    known = given.classes.get(int(number), "")
    given.classes[int(number)] = "; ".join(part for part in (known, goods or "") if part)[:4000]


def _problem(given: Registration) -> tuple[str, str] | None:
    if given.dead:
        return "status", given.dead
    if not given.number:
        return "number", "it has neither a registration nor an application number"
    if not given.holder:
        return "holder", "it names no right holder"
    if given.bad_classes:
        return "goods", f"{given.bad_classes[0]!r} is no Nice class"
    if given.classes and not any(number in GOODS for number in given.classes):
        return "goods", "it is for services only: customs act on goods"
    return None


def _filing(given: Registration, defaults: Defaults) -> dict[str, Any]:
    holder = {"name": given.holder, "country": given.country}
    procedure: dict[str, Any] = {"status": "draft"}
    if defaults.enter_as == "approved":
        procedure = {"status": "approved", "decided_on": defaults.decided_on}
    return {
        "jurisdiction": defaults.jurisdiction,
        "officer": defaults.officer,
        "number": f"{given.office}{given.registration_no}" if given.registration_no else None,
        "holder": {key: value for key, value in holder.items() if value},
        "representative": {"name": given.representative} if given.representative else None,
        "right_expires_on": given.expires_on,
        "goods": [
            {"nice_class": number, "text": goods} for number, goods in sorted(given.classes.items()) if number in GOODS
        ],
        "marks": [_mark(given)],
        **procedure,
    }


def _mark(given: Registration) -> dict[str, Any]:
    number = "".join(letter for letter in given.number or "" if letter.isalnum() or letter in "-.")
    return {
        "mark_id": f"{given.office}-{number}".lower(),
        "title": (given.words or f"figurative mark {given.number}")[:500],
        "feature": given.feature if given.words or given.feature != "word" else "other",  # its words are not known
        "transliterations": given.transliterations[:20],
        "office": given.office,
        "application_no": given.application_no,
        "registration_no": given.registration_no,
        "madrid_no": given.madrid_no,
        "vienna": given.vienna[:100],
        "filed_on": given.filed_on,
        "registered_on": given.registered_on,
        "expires_on": given.expires_on,
        "pictures": [{"file": name} for name in given.pictures],
    }
