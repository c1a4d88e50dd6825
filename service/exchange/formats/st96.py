"""WIPO ST.96 (XML for all industrial property, trademark component): one `TrademarkApplication` or `Trademark` each."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from xml.etree.ElementTree import Element

from service.exchange.formats import uspto
from service.exchange.formats.registration import Registration, as_record, classified
from service.exchange.formats.st66 import DEAD, deleted
from service.exchange.records import BadExchangeFile, Defaults, Record, Rejected
from service.exchange.xmlstream import day, every, records, text, texts

NAMES = ("Trademark", "TradeMark")  # spelt one way or the other by the releases of the standard
FEATURES = {
    "word": "word",
    "figurative": "figurative",
    "combined": "combined",
    "stylized": "combined",
    "three dimensional": "3d",
    "3-d": "3d",
    "colour": "colour",
    "color": "colour",
    "position": "position",
    "pattern": "pattern",
}


def read(path: Path, defaults: Defaults) -> Iterator[Record | Rejected]:
    """The registrations of a file. Raises BadExchangeFile."""
    for number, element in enumerate(_marks(path), 1):
        yield as_record(_registration(f"Trademark {number}", element), defaults)


def _marks(path: Path) -> Iterator[Element]:
    first = records(path, NAMES[0])
    try:
        one = next(first)
    except BadExchangeFile as error:
        if "no element" not in error.detail:
            raise
        yield from records(path, NAMES[1])
        return
    yield from chain([one], first)


def _registration(place: str, mark: Element) -> Registration:
    given = Registration(
        place=place,
        office=(text(mark, "RegistrationOfficeCode") or text(mark, "IPOfficeCode") or "XX").upper()[:2],
        registration_no=text(mark, "RegistrationNumber"),
        application_no=text(mark, "ApplicationNumberText")
        or text(mark, "ApplicationNumber")
        or text(mark, "ST13ApplicationNumber"),
        madrid_no=text(mark, "InternationalRegistrationNumber"),
        words=text(mark, "MarkVerbalElementText") or text(mark, "MarkSignificantVerbalElementText"),
        feature=FEATURES.get((text(mark, "MarkFeatureCategory") or "").lower(), "other"),
        holder=_name(mark, "Applicant") or _name(mark, "Holder"),
        country=_country(mark),
        representative=_name(mark, "Representative"),
        vienna=_vienna(mark),
        transliterations=texts(mark, "MarkTransliterationText") or texts(mark, "MarkTransliteration"),
        filed_on=day(mark, "ApplicationDate"),
        registered_on=day(mark, "RegistrationDate"),
        expires_on=day(mark, "ExpiryDate"),
        dead=_dead(mark),
        pictures=texts(mark, "MarkImage", "FileName") or texts(mark, "MarkImageFileName"),
    )
    for number, described in _goods(mark):
        classified(given, number, described)
    return given


def _goods(mark: Element) -> Iterator[tuple[str, str | None]]:
    """Classes with their goods; where the file describes none, those of its Nice classification."""
    described = list(every(mark, "ClassDescription"))
    for goods in described:
        words = text(goods, "ClassDescriptionText") or text(goods, "GoodsServicesDescriptionText")
        yield text(goods, "ClassNumber") or "", words
    if not described:
        for one in every(mark, "GoodsServicesClassification"):
            if (text(one, "ClassificationKindCode") or "Nice") == "Nice":
                yield text(one, "ClassNumber") or "", None


def _name(mark: Element, role: str) -> str | None:
    for party in every(mark, role):
        parts = (text(party, "FirstName"), text(party, "LastName"))
        name = text(party, "OrganizationStandardName") or text(party, "OrganizationName") or text(party, "EntityName")
        name = name or text(party, "LegalEntityName")
        name = name or text(party, "PersonFullName") or " ".join(part for part in parts if part)
        if name:
            return name[:500]
    return None


def _country(mark: Element) -> str | None:
    for role in ("Applicant", "Holder"):
        code = text(mark, role, "CountryCode") or text(mark, role, "NationalityCode")
        if code and len(code) == 2 and code.isalpha():
            return code.upper()
    return None


def _vienna(mark: Element) -> list[str]:
    """Vienna codes, written as one text or as category, division and section."""
    found = [code for code in texts(mark, "ViennaClassificationCode") if "." in code]
    for one in every(mark, "ViennaClassification"):
        parts = (text(one, "ViennaCategory"), text(one, "ViennaDivision"), text(one, "ViennaSection"))
        code = ".".join(part for part in parts if part)
        if code:
            found.append(code)
    return list(dict.fromkeys(found))


def _dead(mark: Element) -> str | None:
    status = text(mark, "MarkCurrentStatusCategory") or text(mark, "MarkCurrentStatusCode") or ""
    if any(word in status.lower() for word in DEAD):
        return f"it is not in force: {status}"
    office = text(mark, "RegistrationOfficeCode") or text(mark, "IPOfficeCode") or ""
    return deleted(mark) or (uspto.dead(status) if office.upper() == "US" else None)
