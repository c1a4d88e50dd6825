"""What rows hold as JSON, and what it stands for."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from service.modelops import repository
from service.modelops.canary import CanaryTerms
from service.scans.thresholds import UNCHANGED, Own, Thresholds


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OwnIn(_Strict):
    """Thresholds of one place."""

    photo: float | None = Field(default=None, ge=0, le=1)
    xray: float | None = Field(default=None, ge=0, le=1)

    def own(self) -> Own:
        """The same, as scans are judged by it."""
        return Own(photo=self.photo, xray=self.xray)


class ThresholdsIn(_Strict):
    """Thresholds, apart from the models'; what is left out is as the models have it."""

    everywhere: OwnIn = OwnIn()
    stations: dict[str, OwnIn] = Field(default_factory=dict, max_length=1000)
    marks: dict[str, float] = Field(default_factory=dict, max_length=10_000, description="Stricter than for others.")

    def of(self, version: int) -> Thresholds:
        """The same, as scans are judged by it."""
        stations = {name: one.own() for name, one in self.stations.items()}
        return Thresholds(version=version, everywhere=self.everywhere.own(), stations=stations, marks=self.marks)


def thresholds_of(session: Session, version: int) -> Thresholds:
    """A version of the thresholds; 0 is how the models have them."""
    row = repository.thresholds(session, version) if version else None
    return UNCHANGED if row is None else ThresholdsIn.model_validate(row.document).of(version)


def canary_terms(document: Mapping[str, Any]) -> CanaryTerms:
    """What a canary takes."""
    return CanaryTerms(stations=tuple(document.get("stations", ())), share=float(document.get("share", 0.0)))
