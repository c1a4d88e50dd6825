"""Who said what of which place: alerts with their decisions on the one side, statements for models on the other."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Category = Literal["logo", "not_a_logo"]
Strength = Literal["gold", "strong", "weak"]  # a right holder's word or an audited set; two officers; one
Authenticity = Literal["infringing", "genuine", "unknown"]
Box = tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels of the view
STRENGTHS: tuple[Strength, ...] = ("gold", "strong", "weak")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One view of a scan, and whose it is; the names of people and parcels are in clear here."""

    scan_id: str
    view: int
    sha256: str
    media_type: str
    width: int  # pixels
    height: int  # pixels
    name: str | None
    modality: Literal["photo", "xray"]
    sidecar: str | None
    parcel: str
    consignor: str  # its identifiers or its name; empty if none is declared
    station: str
    captured_at: datetime


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A box in one of a scan's views."""

    view: int
    box: Box


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """Where the models saw a mark, and how sure they were."""

    spot: Spot
    mark_id: str
    holder: str
    score: float
    candidates: frozenset[str]  # marks that it looked like


@dataclass(frozen=True, kw_only=True)
class Voice:
    """One officer's decision."""

    decision_id: str
    officer: str
    second: str | None  # who agreed
    action: str
    state: str
    named: str | None  # with other_mark: the mark
    named_holder: str | None
    correction: Spot | None  # as it was drawn
    batch: bool  # decided together with others: nobody says that each was looked at
    decided_at: datetime
    effective_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Word:
    """What the right holder answered, and who entered it."""

    answer: Literal["infringing", "genuine"]
    entered_by: str


@dataclass(frozen=True, kw_only=True)
class Matter:
    """One alert with all that was decided about it, by a second officer who did not know of the first as well."""

    alert_id: str
    office: str
    station: str
    mark_id: str
    holder: str
    injected: bool  # a test whose answer is known
    pictures: tuple[Picture, ...]  # in the order of the views
    sightings: tuple[Sighting, ...]  # strongest first
    voices: tuple[Voice, ...]
    word: Word | None = None


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What is said to be at one place, and by whom."""

    source: str  # decision:…, task:…
    picture: Picture
    box: Box
    category: Category
    mark_id: str | None
    holder: str | None
    strength: Strength
    authenticity: Authenticity
    suspected: str | None  # the mark that the models saw there
    score: float  # how sure they were
    candidates: frozenset[str]
    voices: tuple[str, ...]  # officers; who said it first comes first
    office: str
    alert_id: str | None = None
    at: datetime
    beside: tuple[tuple[Picture, Box], ...] = ()  # places of which nothing can be said

    @property
    def says(self) -> tuple[str, str | None]:
        """What two officers agree on, or not."""
        return self.category, self.mark_id

    @property
    def denies(self) -> bool:
        """The mark that was suspected is not there."""
        return self.suspected is not None and self.says != ("logo", self.suspected)

    @property
    def claims(self) -> bool:
        """A recorded mark is there that the models did not take it for."""
        return self.category == "logo" and self.mark_id is not None and self.mark_id != self.suspected

    @property
    def marks(self) -> tuple[str, ...]:
        """Of which marks it says that they are there, or are not."""
        named = self.mark_id if self.category == "logo" else None
        return tuple(dict.fromkeys(mark for mark in (self.suspected, named) if mark is not None))


@dataclass(frozen=True, kw_only=True)
class Left:
    """A decision or answer that gave no label, and why."""

    source: str
    reason: str
