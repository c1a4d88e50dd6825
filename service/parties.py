"""Who takes part: identifiers, parties and the periods of what they are entitled to. Shared by several nouns."""

import unicodedata
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from service.schemas import Incoming

USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: without I, O, S, V and Z
IdentifierType = Literal["uscc", "eori", "vat", "tin", "national", "other"]
PartyName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Country = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{2}$")]


def plain_identifier(value: str) -> str:
    """`value` as it is compared: capitals, half width, without spaces, dots, dashes and slashes."""
    letters = unicodedata.normalize("NFKC", value).upper()
    return "".join(letter for letter in letters if letter not in " .-/\t\u2010\u2011\u2012\u2013\u2014")


def _usable(value: str) -> str:
    plain = plain_identifier(value)
    if not plain or not plain.isascii() or not plain.isalnum():
        raise ValueError(f"{value!r} has no letters and digits, or others than A-Z and 0-9")
    return plain


def uscc_check_letter(first17: str) -> str:
    """The 18th character of a Unified Social Credit Code (GB 32100-2015, weights are powers of 3 modulo 31)."""
    total = sum(USCC_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(first17))
    return USCC_LETTERS[-total % 31]


class Identifier(Incoming):
    """A number that names exactly one party."""

    type: IdentifierType = Field(examples=["uscc"])
    value: Annotated[str, StringConstraints(max_length=64), AfterValidator(_usable)] = Field(
        description="Spaces, dots, dashes and slashes do not count.", examples=["91350100M000100Y43"]
    )

    @model_validator(mode="after")
    def _check_uscc(self) -> Self:
        """A mistyped number on the list of authorised users would clear nobody, or somebody else."""
        if self.type != "uscc":
            return self
        if len(self.value) != 18 or not set(self.value) <= set(USCC_LETTERS):
            raise ValueError(f"{self.value!r} is no Unified Social Credit Code: 18 of {USCC_LETTERS}")
        expected = uscc_check_letter(self.value[:17])
        if self.value[17] != expected:
            raise ValueError(f"{self.value!r} is mistyped: its check character should be {expected!r}")
        return self


class Period(Incoming):
    """First and last day of something, both included; open where none is given."""

    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError(f"it ends on {self.valid_to}, before it begins on {self.valid_from}")
        return self


class Representative(Period):
    """Who acts for a right holder under a power of attorney."""

    name: PartyName
    scope: Note | None = None
    power_of_attorney: Note | None = Field(default=None, description="Where the document is filed.")
    contact: Note | None = Field(default=None, description="Never shown to the public.")
