"""What is filed in a recordation, as callers send it and as it is stored.

Fields follow the application for recordation (Regulations on Customs Protection of IPR, art. 7) and, for marks, WIPO
ST.66 and ST.96. Rules that depend on the jurisdiction are in `rules.py`.
"""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from service.parties import Country, Identifier, Note, PartyName, Period, Representative
from service.schemas import Incoming

RightType = Literal[
    "trademark",
    "copyright",
    "patent",
    "olympic_symbol",
    "expo_symbol",
    "geographical_indication",
    "plant_variety",
    "topography",
    "trade_name",
    "spc",
    "utility_model",
    "design",
]
MATCHED: frozenset[RightType] = frozenset({"trademark", "olympic_symbol", "expo_symbol"})  # looked for in scans
Feature = Literal["word", "figurative", "combined", "3d", "colour", "position", "pattern", "other"]
Purpose = Literal["registered", "product", "packaging", "label", "hardware", "xray_sample", "fake_example", "words"]
Role = Literal["manufacturer", "exporter", "importer", "distributor", "licensee"]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
MarkKey = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\s/\\]+$")]
VIENNA = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?(?:\.(\d{1,2}))?")


def _vienna(code: str) -> str:
    found = VIENNA.fullmatch(code.strip())
    if not found or not 1 <= int(found[1]) <= 29:
        raise ValueError(f"{code!r} is no Vienna code: category 1 to 29, then division and section, as in 26.01.01")
    return ".".join(f"{int(part):02}" for part in found.groups() if part is not None)


def _hs(code: str) -> str:
    digits = code.replace(".", "").replace(" ", "")
    if not digits.isdecimal() or not digits.isascii() or not 2 <= len(digits) <= 10:
        raise ValueError(f"{code!r} is no HS code: 2 to 10 digits")
    return digits


ViennaCode = Annotated[str, StringConstraints(max_length=16), AfterValidator(_vienna)]
HsCode = Annotated[str, StringConstraints(max_length=16), AfterValidator(_hs)]
NiceClass = Annotated[int, Field(ge=1, le=45)]


class Goods(Incoming):
    """Goods for which a mark is recorded."""

    nice_class: NiceClass = Field(examples=[11])
    text: Note = Field(default="", examples=["lanterns; lamps"])
    similar_groups: list[Code] = Field(default_factory=list, max_length=200, description="As 2507 (China).")
    hs_codes: list[HsCode] = Field(default_factory=list, max_length=200)


class AuthorisedUser(Period):
    """A party entitled to use the marks: a licensee, maker, exporter or importer (the whitelist)."""

    name: PartyName
    identifiers: list[Identifier] = Field(
        default_factory=list, max_length=8, description="Only an exact one of these clears a parcel; a name never does."
    )
    role: Role = "licensee"
    nice_classes: list[NiceClass] = Field(default_factory=list, max_length=45, description="Empty: all recorded goods.")
    territory: list[Country] = Field(default_factory=list, max_length=250)
    evidence: Note | None = Field(default=None, description="Contract or letter on file.")
    state: Literal["active", "suspended"] = "active"


class GenuineGoods(Incoming):
    """What the genuine goods are like, and which way they travel."""

    name: Title
    origin: Country | None = None
    ports: list[Title] = Field(default_factory=list, max_length=100)
    traders: list[PartyName] = Field(default_factory=list, max_length=200, description="Importers and exporters.")
    features: Note | None = None
    price: Note | None = None
    packaging: Note | None = None
    codes: list[Code] = Field(default_factory=list, max_length=200, description="GTIN or other codes on them.")


class KnownInfringing(Incoming):
    """What is known of infringing goods."""

    maker: PartyName | None = None
    trader: PartyName | None = None
    ports: list[Title] = Field(default_factory=list, max_length=100)
    features: Note | None = None
    price: Note | None = None


class Guide(Incoming):
    """How genuine and fake are told apart: for officers only."""

    genuine: list[Note] = Field(default_factory=list, max_length=50)
    fake: list[Note] = Field(default_factory=list, max_length=50)
    note: Note | None = None


class PictureIn(Incoming):
    """One reference picture: a file of this request by its name, or one that is stored already by its sha256."""

    file: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = Field(
        default=None, description="What it is called; the file's name if not given."
    )
    purpose: Purpose = Field(
        default="registered", description="`words`: the service drew the words of a word mark filed without a picture."
    )


class MarkIn(Incoming):
    """A sign as it is registered."""

    mark_id: MarkKey = Field(examples=["kestrel-lantern"])
    title: Title = Field(description="Its words, or a name for it.", examples=["Kestrel Lantern"])
    feature: Feature = "combined"
    transliterations: list[Title] = Field(default_factory=list, max_length=20)
    office: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = Field(default=None, description="ST.3.")
    application_no: Code | None = None
    registration_no: Code | None = None
    st13: Code | None = None
    madrid_no: Code | None = None
    designations: list[Country] = Field(default_factory=list, max_length=250)
    vienna: list[ViennaCode] = Field(default_factory=list, max_length=100)
    colour_claim: Note | None = None
    disclaimer: Note | None = None
    description: Note | None = None
    filed_on: date | None = None
    registered_on: date | None = None
    expires_on: date | None = None
    guide: Guide | None = None
    pictures: list[PictureIn] = Field(default_factory=list, max_length=64)


class Content(Incoming):
    """What is filed besides the marks: all that may be changed without changing the state."""

    number: Code | None = Field(default=None, description="Given by customs.", examples=["T2026-000117"])
    right_type: RightType = "trademark"
    right_expires_on: date | None = Field(default=None, description="When the right itself ends.")
    representative: Representative | None = None
    licensing_status: Literal["none", "licensed", "unknown"] = "unknown"
    goods: list[Goods] = Field(default_factory=list, max_length=1000)
    authorised_users: list[AuthorisedUser] = Field(default_factory=list, max_length=10_000)
    no_authorised_users: bool = Field(default=False, description="The holder declares that there are none.")
    genuine_goods: list[GenuineGoods] = Field(default_factory=list, max_length=200)
    known_infringing: list[KnownInfringing] = Field(default_factory=list, max_length=200)
    small_consignment_opt_in: bool = False
    grey_market: bool = False
    documents: list[Note] = Field(default_factory=list, max_length=200, description="Papers on file.")


class Filing(Content):
    """The whole content of a recordation."""

    marks: list[MarkIn] = Field(default_factory=list, max_length=200)
