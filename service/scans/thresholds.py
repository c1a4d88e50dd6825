"""From which score a suspicion stands, apart from the models: for all, at a station, for a mark. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Own:
    """Scores of one place, 0..1; None: as the models have it."""

    photo: float | None = None
    xray: float | None = None


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """One version of them."""

    version: int = 0
    everywhere: Own = Own()
    stations: Mapping[str, Own] = field(default_factory=dict)
    marks: Mapping[str, float] = field(default_factory=dict)  # a mark can be made stricter than others, never laxer

    def at(self, station: str) -> Own:
        """What holds at a station."""
        own = self.stations.get(station, Own())
        photo = self.everywhere.photo if own.photo is None else own.photo
        return Own(photo=photo, xray=self.everywhere.xray if own.xray is None else own.xray)

    def of_mark(self, mark_id: str) -> float:
        """The score below which a mark is not suspected, wherever it is; 0 if it has none of its own."""
        return self.marks.get(mark_id, 0.0)


UNCHANGED = Thresholds()  # as the models have them
