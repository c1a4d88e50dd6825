"""Officers that exist only in rehearsals: they decide by what is known to be on a parcel, and err at times.

Parcels are a folder with `annotations.json` (COCO, as `python -m datasets.parcels` writes it) and its pictures.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from service.cli.http import checked
from service.errors import CannotStart

OFFICERS = ("officer.abe", "officer.bea", "officer.cao", "officer.dia", "officer.eli")
OVERLAP = 0.3  # of a box that the models found with one that is annotated: the same thing
ANNOTATIONS = "annotations.json"
Box = tuple[float, float, float, float]  # x1, y1, x2, y2 px


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is on one picture: right holder and box of each mark."""

    marks: tuple[tuple[str, Box], ...]

    def at(self, box: Box) -> str | None:
        """Whose mark is at a box; None if none is."""
        found, holder = max(((overlap(box, own), holder) for holder, own in self.marks), default=(0.0, ""))
        return holder if found >= OVERLAP else None


@dataclass
class Rehearsal:
    """Posts parcels and decides what comes of them."""

    client: httpx.Client
    station: str
    errors: float  # share of decisions that are wrong
    rng: random.Random
    moved: Callable[[int, int], None] = lambda done, total: None
    counts: dict[str, int] = field(default_factory=dict)

    def run(self, folder: Path) -> Mapping[str, int]:
        """Post each picture of a folder as a parcel and decide its alerts. Returns how often each outcome was given."""
        known = annotated(folder)
        for number, (name, own) in enumerate(known.items(), 1):
            for alert_id in self._posted(folder / name):
                self._decide(alert_id, own)
            self.moved(number, len(known))
        return self.counts

    def _posted(self, picture: Path) -> Sequence[str]:
        consignor = {"name": f"Consignor {self.rng.randrange(10**6)}"}
        said = {"station": self.station, "parcel": f"R-{picture.stem}", "declaration": {"consignor": consignor}}
        files = [("views", (picture.name, picture.read_bytes(), "image/jpeg"))]
        scan = checked(self.client.post("/v1/scans", data={"metadata": json.dumps(said)}, files=files))
        alerts: list[str] = scan["alerts"]
        return alerts

    def _decide(self, alert_id: str, known: Known) -> None:
        """What an officer says, and where two are needed, another one."""
        alert = checked(self.client.get(f"/v1/alerts/{alert_id}"))
        if alert["status"] != "open":  # rehearsed before
            return
        best = alert["sightings"][0]
        there, holder = known.at(tuple(best["box"])), alert["mark"]["holder"]
        said = outcome(there, holder)
        if self.rng.random() < self.errors:
            said = outcome(None if there == holder else holder, holder)
        first, second = self.rng.sample(OFFICERS, 2)
        decided = checked(self.client.post(f"/v1/alerts/{alert_id}/decisions", json={**said, "officer": first}))
        if decided["status"] == "proposed":
            checked(self.client.post(f"/v1/alerts/{alert_id}/seconds", json={"officer": second, "agrees": True}))
        self.counts[said["action"]] = self.counts.get(said["action"], 0) + 1


def told(counts: Mapping[str, int]) -> str:
    """How many alerts were decided, and how."""
    said = ", ".join(f"{count} {action}" for action, count in sorted(counts.items())) or "no alert was raised"
    return f"{sum(counts.values())} alerts decided: {said}"


def outcome(there: str | None, holder: str) -> dict[str, Any]:
    """The decision on an alert for `holder` where `there` is the right holder of the mark that is really there."""
    if there == holder:
        return {"action": "suspend", "reason_code": "features_differ"}
    if there is None:
        return {"action": "not_a_logo", "reason_code": "texture"}
    return {"action": "other_mark", "reason_code": "another_recorded_mark"}


def annotated(folder: Path) -> dict[str, Known]:
    """Picture -> what is known to be on it, in the order of the file. Raises CannotStart."""
    try:
        document = json.loads((folder / ANNOTATIONS).read_text(encoding="utf-8"))
        holders = {one["id"]: str(one["name"]) for one in document["categories"]}
        boxes: dict[int, list[tuple[str, Box]]] = {}
        for one in document["annotations"]:
            x, y, w, h = map(float, one["bbox"])
            boxes.setdefault(one["image_id"], []).append((holders[one["category_id"]], (x, y, x + w, y + h)))
        return {str(one["file_name"]): Known(marks=tuple(boxes.get(one["id"], []))) for one in document["images"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotStart(f"{folder / ANNOTATIONS} is no set of annotated parcels: {error}") from error


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (area(one) + area(other) - shared)


def area(box: Box) -> float:
    """In square pixels."""
    return (box[2] - box[0]) * (box[3] - box[1])
