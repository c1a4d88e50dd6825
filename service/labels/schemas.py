"""Shapes of what is said of labels: counts, exclusions, right holders' answers, imported sets."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from service.labels.exclusions import Kind
from service.schemas import Incoming, Name, Officer, Outgoing

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
EXCLUSION_EXAMPLE: dict[str, Any] = {
    "id": "exclusion_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "kind": "officer",
    "subject": "j.doe",
    "reason": "Decided the training batch without looking.",
    "excluded_by": "m.operator",
    "at": "2026-03-02T09:15:00Z",
}
LABELS_EXAMPLE: dict[str, Any] = {
    "since": "2026-02-01T00:00:00Z",
    "until": "2026-03-02T09:15:00Z",
    "images": 120,
    "labels": 131,
    "by_strength": {"gold": 4, "strong": 60, "weak": 67},
    "by_category": {"logo": 101, "not_a_logo": 30},
    "by_mark": {"kestrel-lantern": 44},
    "by_office": {"main": 131},
    "left": {"says_nothing": 210, "conflict": 3, "needs_second_voice": 7},
    "suspects": [],
    "exclusions": [EXCLUSION_EXAMPLE],
}


WORD_EXAMPLE: dict[str, Any] = {
    "alert_id": "alert_0193f0c2a6017d3e8c9a4b1f2d6e7a80",
    "answer": "infringing",
    "reference": "KLW 2026/114",
    "entered_by": "j.doe",
    "at": "2026-03-09T10:00:00Z",
}
SET_EXAMPLE: dict[str, Any] = {
    "id": "set_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "name": "audited, spring",
    "sha256": "5f" * 32,
    "licence": "CC-BY-4.0",
    "images": 400,
    "labels": 612,
    "imported_by": "m.operator",
    "at": "2026-03-02T09:15:00Z",
}
LEFT_EXAMPLE: dict[str, Any] = {
    "items": [{"source": "decision:decision_0193f0c2a5b17d3e8c9a4b1f2d6e7a80", "reason": "needs_second_voice"}],
    "more": 0,
}


class ExclusionIn(Incoming):
    """Whose labels are not to be learnt from, and why."""

    kind: Kind
    subject: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
    reason: Reason
    officer: Officer | None = None


class ExclusionOut(Outgoing):
    """One that holds."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXCLUSION_EXAMPLE]})

    id: str
    kind: Kind
    subject: str
    reason: str
    excluded_by: str
    at: datetime


class ExclusionList(Outgoing):
    """Those that hold."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [EXCLUSION_EXAMPLE]}]})

    items: list[ExclusionOut]


class HolderWordIn(Incoming):
    """What the right holder answered about an alert's goods."""

    answer: Literal["infringing", "genuine"]
    reference: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = Field(
        description="Of the letter.", examples=["KLW 2026/114"]
    )
    officer: Officer | None = None


class HolderWordOut(Outgoing):
    """The answer as it is stored."""

    model_config = ConfigDict(json_schema_extra={"examples": [WORD_EXAMPLE]})

    alert_id: str
    answer: Literal["infringing", "genuine"]
    reference: str
    entered_by: str
    at: datetime


class LabelSetIn(Incoming):
    """What comes with a set of labels from elsewhere."""

    name: Name
    licence: Name = Field(description="Under which its pictures may be learnt from.")
    officer: Officer | None = None


class LabelSetOut(Outgoing):
    """A set that was imported."""

    model_config = ConfigDict(json_schema_extra={"examples": [SET_EXAMPLE]})

    id: str
    name: str
    sha256: str = Field(description="Of its records, JSON Lines.")
    licence: str
    images: int
    labels: int
    imported_by: str
    at: datetime


class LabelSetList(Outgoing):
    """The oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [SET_EXAMPLE]}]})

    items: list[LabelSetOut]


class SuspectOut(Outgoing):
    """An officer who says something of a mark far more, or far less, often than the others; left out for that mark."""

    officer: str
    mark_id: str
    question: Literal["denies", "claims", "genuine"]
    said: int
    of: int
    others_said: int
    others_of: int
    chance: float = Field(description="That it is chance, corrected for how many were tested.")


class LabelsOut(Outgoing):
    """What models could learn from now."""

    model_config = ConfigDict(json_schema_extra={"examples": [LABELS_EXAMPLE]})

    since: datetime
    until: datetime
    images: int
    labels: int = Field(description="Without those that only say that a place is to be ignored.")
    by_strength: dict[str, int]
    by_category: dict[str, int]
    by_mark: dict[str, int]
    by_office: dict[str, int]
    left: dict[str, int] = Field(description="Decisions and answers without a label, by reason.")
    suspects: list[SuspectOut]
    exclusions: list[ExclusionOut]


class LeftOut(Outgoing):
    """A decision or answer without a label."""

    source: str = Field(examples=["decision:decision_0193f0c2a5b17d3e8c9a4b1f2d6e7a80"])
    reason: str


class LeftPage(Outgoing):
    """All of them, as far as they are listed."""

    model_config = ConfigDict(json_schema_extra={"examples": [LEFT_EXAMPLE]})

    items: list[LeftOut]
    more: int = Field(description="That are not listed.")
