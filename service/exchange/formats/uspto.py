"""USPTO trademark applications (daily and annual XML, version 2.0): one `case-file` for each application."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from service.exchange.formats.registration import Registration, as_record, classified
from service.exchange.records import Defaults, Record, Rejected
from service.exchange.xmlstream import day, every, records, text, texts

DRAWING = {"1": "word", "4": "word", "2": "figurative", "3": "combined", "5": "combined"}  # first digit of the code
# Of the office's status codes, as TSDR words them; the other 600s and 700s are steps of a pending or living case.
ABANDONED = frozenset({*range(600, 610), 614, 618})
ENDED = frozenset({400, 401, 402, 622, 626, *range(710, 715), 716, 900, 969, 970})
NONE = "0000000"  # a registration number that is none


def read(path: Path, defaults: Defaults) -> Iterator[Record | Rejected]:
    """The applications of a file. Raises BadExchangeFile."""
    for number, element in enumerate(records(path, "case-file"), 1):
        yield as_record(_registration(f"case-file {number}", element), defaults)


def _registration(place: str, case: Element) -> Registration:
    registration = text(case, "registration-number")
    serial = text(case, "serial-number")
    drawing = text(case, "mark-drawing-code") or ""
    registered, owner = day(case, "registration-date"), _owner(case)
    given = Registration(
        place=place,
        office="US",
        registration_no=None if registration in (None, NONE) else registration,
        application_no=serial,
        words=text(case, "mark-identification"),
        feature=DRAWING.get(drawing[:1], "other"),
        holder=None if owner is None else text(owner, "party-name"),
        country=_country(owner),
        vienna=_design_codes(case),
        filed_on=day(case, "filing-date"),
        registered_on=registered,
        dead=dead(text(case, "status-code")),
        pictures=[f"{serial}.jpg"] if serial and drawing[:1] not in ("1", "4") else [],
    )
    goods = dict(_goods(case))
    for one in every(case, "classification"):
        told = goods.get((text(one, "primary-code") or "").zfill(3))  # old cases: by the US class they were filed in
        for number in texts(one, "international-code"):
            classified(given, number.lstrip("0") or "0", goods.get(number.zfill(3)) or told)
    return given


def _owner(case: Element) -> Element | None:
    """The present owner: of the parties, the one of the highest type (10 applicant, 30 registrant, 40 new owner)."""
    named = [one for one in every(case, "case-file-owner") if text(one, "party-name")]
    return max(named, key=lambda one: (text(one, "party-type") or "").zfill(3)) if named else None


def _country(owner: Element | None) -> str | None:
    if owner is None:
        return None
    code = text(owner, "country")
    if code is None:
        return "US" if text(owner, "state") else None
    return code.upper() if len(code) == 2 and code.isalpha() else None


def _design_codes(case: Element) -> list[str]:
    """Design search codes of six digits that are Vienna codes too: 261121 is 26.11.21."""
    codes = [code for code in texts(case, "design-search", "code") if len(code) == 6 and code.isdecimal()]
    return [f"{code[:2]}.{code[2:4]}.{code[4:]}" for code in codes if 1 <= int(code[:2]) <= 29]


def _goods(case: Element) -> Iterator[tuple[str, str]]:
    """Class of three digits -> goods, from statements of type GSnnn1."""
    for statement in every(case, "case-file-statement"):
        kind, words = text(statement, "type-code") or "", text(statement, "text")
        if kind.startswith("GS") and words:
            yield kind[2:5], words


def dead(status: str | None) -> str | None:
    """Why an application or registration with this status code has no effect; None if it has, or may come to have."""
    if status is None or not status.isdecimal():
        return None
    code = int(status)
    if code in ABANDONED:
        return f"it was abandoned (status {code})"
    return f"it is cancelled or expired (status {code})" if code in ENDED else None
