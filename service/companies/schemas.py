"""Shapes of what companies ask and are told."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from service.parties import Identifier
from service.scans.declarations import DeclaredGoods
from service.scans.schemas import Box, ReasonOut
from service.schemas import Incoming, Outgoing

Said = Literal["recorded", "expired", "not_in_force"]
Coverage = Literal["covered", "not_covered", "unknown"]

FILING_EXAMPLE: dict[str, Any] = {
    "number": "T2026-000117",
    "jurisdiction": "CN",
    "right_type": "trademark",
    "holder": "Kestrel Lantern Works",
    "marks": [{"title": "Kestrel Lantern", "registration_no": "90012345"}],
    "goods": [{"nice_class": 11, "text": "lanterns; lamps"}],
    "status": "recorded",
    "valid_to": "2036-03-01",
}
REVIEW_EXAMPLE: dict[str, Any] = {
    "id": None,
    "look_alikes": [
        {
            "filing": FILING_EXAMPLE,
            "view": 0,
            "box": [412.0, 233.5, 530.0, 341.0],
            "score": 0.87,
            "reasons": [{"code": "looks_like_mark", "text": "looks like “Kestrel Lantern” …", "weight": 0.87}],
            "goods": "same",
            "authorisation": "not_covered",
            "advice": "Show an authorisation of Kestrel Lantern Works, or do not ship.",
        }
    ],
    "reviewed_at": "2026-03-02T09:15:01Z",
}


class PublicMark(Outgoing):
    """A mark as the public sees it."""

    title: str
    registration_no: str | None


class PublicGoods(Outgoing):
    """Goods as the public sees them."""

    nice_class: int
    text: str


class PublicFiling(Outgoing):
    """The public fields of a recordation: right holder, right, number and goods. No licensees, no contacts."""

    model_config = ConfigDict(json_schema_extra={"examples": [FILING_EXAMPLE]})

    number: str | None
    jurisdiction: str
    right_type: str
    holder: str
    marks: list[PublicMark]
    goods: list[PublicGoods]
    status: Said
    valid_to: date | None


class PublicPage(Outgoing):
    """Recordations that are public."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [FILING_EXAMPLE]}]})

    items: list[PublicFiling]


class ReviewIn(Incoming):
    """What goes with the pictures of an advance review."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"goods": [{"name": "lamps", "hs": "940540"}], "keep": False}]}
    )

    goods: list[DeclaredGoods] = Field(default_factory=list, max_length=100)
    identifiers: list[Identifier] = Field(
        default_factory=list, max_length=8, description="Your own: an authorisation on file is looked for by them."
    )
    keep: bool = Field(default=False, description="Keep the review, its pictures too, so that it can be shown again.")


class LookAlike(Outgoing):
    """A recorded mark that a picture looks like."""

    filing: PublicFiling
    view: int
    box: Box
    score: float = Field(description="Calibrated probability that the mark is there, 0 to 1.")
    reasons: list[ReasonOut]
    goods: Literal["same", "different", "unknown"] = Field(description="Your goods, beside the recorded ones.")
    authorisation: Coverage = Field(description="Whether an authorisation on file covers you and your goods today.")
    advice: str


class ReviewOut(Outgoing):
    """An advance review: suspicion with reasons, no legal advice. Nothing was kept unless `id` is given."""

    model_config = ConfigDict(json_schema_extra={"examples": [REVIEW_EXAMPLE]})

    id: str | None
    look_alikes: list[LookAlike]
    reviewed_at: datetime
