"""What was declared about a parcel: parties, goods, codes and values, and under which supervision it crosses."""

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from service.parties import Country, Identifier
from service.recordations.documents import HsCode, NiceClass
from service.schemas import Incoming, Name, ParcelNumber

S10 = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}")
S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
Currency = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Z]{3}$")]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Money = Annotated[float, Field(ge=0, le=1e12)]
# Customs supervision modes of China's cross-border e-commerce (GAC announcements 2014/57, 2016/75, 2020/75), and what
# is not under one of them: the post, and goods that come back.
Mode = Literal["1210", "9610", "9710", "9810", "mail", "return"]


class DeclaredParty(Incoming):
    """A party of a declaration; its identifiers are what is looked for among the authorised users."""

    name: Name | None = None
    identifiers: list[Identifier] = Field(default_factory=list, max_length=8)


class DeclaredGoods(Incoming):
    """One item of a declaration."""

    name: Name
    hs: HsCode | None = Field(default=None, description="HS code, 2 to 10 digits.", examples=["940540"])
    nice_class: NiceClass | None = None
    quantity: float | None = Field(default=None, ge=0, le=1e9)
    unit: Code | None = Field(default=None, examples=["piece"])
    value: Money | None = Field(default=None, description="Of all of it.")
    currency: Currency | None = Field(default=None, description="ISO 4217.", examples=["CNY"])
    brand: Name | None = None
    origin: Country | None = Field(default=None, description="ISO 3166-1, two letters.")


class Reference(Incoming):
    """The number under which a parcel was declared. Raises ValueError for a mistyped S10 number (UPU S10)."""

    type: Literal["s10", "waybill", "list", "other"]
    value: ParcelNumber

    @model_validator(mode="after")
    def _check_s10(self) -> Self:
        if self.type != "s10":
            return self
        if S10.fullmatch(self.value) is None:
            raise ValueError(f"{self.value!r} is no S10 number: two letters, nine digits, two letters")
        expected = s10_check_digit(self.value[2:10])
        if self.value[10] != expected:
            raise ValueError(f"{self.value!r} is mistyped: its check digit should be {expected}")
        return self


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class Declaration(Incoming):
    """What the sender declared. A party or an item may be given by its name alone."""

    mode: Mode | None = Field(default=None, description="Supervision mode.", examples=["9610"])
    reference: Reference | None = None
    consignor: Annotated[DeclaredParty, BeforeValidator(_named)] | None = None
    consignee: Annotated[DeclaredParty, BeforeValidator(_named)] | None = None
    goods: list[Annotated[DeclaredGoods, BeforeValidator(_named)]] = Field(default_factory=list, max_length=100)
    direction: Literal["import", "export", "transit"] | None = None
    country: Country | None = Field(default=None, description="It comes from, or goes to. ISO 3166-1, two letters.")
    platform: Name | None = Field(default=None, description="Where it was sold.")
    logistics: Name | None = Field(default=None, description="Who carries it.")
    gross_weight_g: float | None = Field(default=None, ge=0, le=1e9)
    value: Money | None = None
    currency: Currency | None = None


def s10_check_digit(digits: str) -> str:
    """The ninth digit of an S10 number after eight: weights 8 6 4 2 3 5 9 7, modulo 11 (UPU S10-12)."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, S10_WEIGHTS, strict=True)) % 11
    return {10: "0", 11: "5"}.get(rest, str(rest))
