"""WIPO ST.66 (XML for trademarks, version 1.2, after TM-XML): one `TradeMark` element for each registration."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from service.exchange.formats.registration import Registration, as_record, classified
from service.exchange.records import Defaults, Record, Rejected
from service.exchange.xmlstream import day, every, records, text, texts

FEATURES = {
    "word": "word",
    "stylized characters": "combined",
    "figurative": "figurative",
    "combined": "combined",
    "3-d": "3d",
    "three dimensional": "3d",
    "three-dimensional": "3d",
    "3d": "3d",
    "colour": "colour",
    "color": "colour",
    "position": "position",
    "pattern": "pattern",
}
DEAD = ("cancel", "expired", "refused", "withdrawn", "surrender", "invalid", "lapsed", "ended", "abandon", "removed")


def read(path: Path, defaults: Defaults) -> Iterator[Record | Rejected]:
    """The registrations of a file. Raises BadExchangeFile."""
    for number, element in enumerate(records(path, "TradeMark"), 1):
        yield as_record(_registration(f"TradeMark {number}", element), defaults)


def _registration(place: str, mark: Element) -> Registration:
    given = Registration(
        place=place,
        office=(text(mark, "RegistrationOfficeCode") or "XX").upper()[:2],
        registration_no=text(mark, "RegistrationNumber"),
        application_no=text(mark, "ApplicationNumber"),
        madrid_no=text(mark, "InternationalRegistrationNumber"),
        words=text(mark, "MarkVerbalElementText"),
        feature=FEATURES.get((text(mark, "MarkFeature") or "").lower(), "other"),
        holder=_name(mark, "Applicant") or _name(mark, "Holder"),
        country=_country(mark),
        representative=_name(mark, "Representative"),
        vienna=[code for code in texts(mark, "MarkImageCategory", "CategoryCode") if "." in code],
        transliterations=texts(mark, "MarkTransliteration"),
        filed_on=day(mark, "ApplicationDate"),
        registered_on=day(mark, "RegistrationDate"),
        expires_on=day(mark, "ExpiryDate"),
        dead=deleted(mark) or _dead(text(mark, "MarkCurrentStatusCode")),
        pictures=texts(mark, "MarkImage", "MarkImageFilename") or local_names(texts(mark, "MarkImage", "MarkImageURI")),
    )
    for goods in every(mark, "ClassDescription"):
        classified(given, text(goods, "ClassNumber") or "", text(goods, "GoodsServicesDescription"))
    return given


def _name(mark: Element, role: str) -> str | None:
    """A party's name: an organisation's, or a person's."""
    for party in present(mark, role):
        parts = [text(party, "OrganizationName"), text(party, "FirstName"), text(party, "LastName")]
        free = text(party, "FreeFormatNameLine") or text(party, "FreeFormatName")
        name = free or parts[0] or text(party, "FullName") or " ".join(part for part in parts[1:] if part)
        if name:
            return name[:500]
    return None


def present(mark: Element, role: str) -> Iterator[Element]:
    """The parties of a role, without those that the file deletes."""
    return (party for party in every(mark, role) if party.get("operationCode") != "Delete")


def deleted(mark: Element) -> str | None:
    """Why a mark is not to be entered that the file deletes."""
    return "the file says that it is deleted" if mark.get("operationCode") == "Delete" else None


def local_names(addresses: list[str]) -> list[str]:
    """Pictures that are named where an address belongs, as some offices do; what lies elsewhere is not fetched."""
    return [address for address in addresses if ":" not in address]


def _country(mark: Element) -> str | None:
    for role in ("Applicant", "Holder"):
        for name in ("AddressCountryCode", "ApplicantNationalityCode", "HolderNationalityCode"):
            code = text(mark, role, name)
            if code and len(code) == 2 and code.isalpha():
                return code.upper()
    return None


def _dead(status: str | None) -> str | None:
    if status and any(word in status.lower() for word in DEAD):
        return f"it is not in force: {status}"
    return None
