"""The inspectors of this process: one for photographs, and where models for them are deployed, one for X-ray scans."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from inference.appearance import Appearance, appearance_of
from inference.artwork.views import Kind
from inference.errors import UnsupportedImage
from inference.vocabulary import Modality, Verdict
from inference.xray.scan import XrayScan
from service.inspecting import Inspecting, XrayInspecting
from service.registry.live import LiveGallery
from service.scans.schemas import Snapshot, VerdictOut
from service.scans.sights import Sight
from service.scans.thresholds import UNCHANGED, Thresholds
from service.scans.verdicts import combine


@dataclass(frozen=True, kw_only=True)
class Viewed:
    """One view, and what was seen on it."""

    sight: Appearance
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The verdict on a parcel, and what was seen on each view, in their order."""

    verdict: VerdictOut
    views: tuple[Viewed, ...]


DRAWN: frozenset[Kind] = frozenset({"artwork"})  # X-ray scans are compared with drawings; photographs are of surfaces


@dataclass(frozen=True, kw_only=True)
class Eyes:
    """Looks at a view by what it is. `live` and `xray_live` keep the inspectors' galleries up to date."""

    release: str = ""  # whose models these are
    thresholds: Thresholds = UNCHANGED

    photo: Inspecting
    live: LiveGallery
    xray: XrayInspecting | None = None
    xray_live: LiveGallery | None = None

    def checked(self, modality: Modality, field: str) -> Modality:
        """`modality`, if there are models for it. Raises UnsupportedImage."""
        if modality == "xray" and self.xray is None:
            text = f"{field} is an X-ray scan, and no models for them are deployed"
            raise UnsupportedImage(text, field=field, limit="photographs")
        return modality

    def refresh(self, modalities: set[Modality]) -> int:
        """Bring the galleries for these modalities up to the registry, and return its revision."""
        revision = self.live.refresh()
        if "xray" in modalities and self.xray_live is not None:
            return min(revision, self.xray_live.refresh())
        return revision

    def judge(self, sights: Iterable[Sight], at: float | None) -> Judged:
        """The verdict on a parcel by all of its views, in their order; at least one. `at` is as for `look`."""
        gain = None if self.xray is None else self.xray.gain
        views = tuple(self._viewed(sight, at) for sight in sights)
        return Judged(verdict=combine([view.verdict for view in views], gain), views=views)

    def at(self, station: str) -> "Eyes":
        """These eyes with the thresholds of a station."""
        own = self.thresholds.at(station)
        photo = self.photo if own.photo is None else self.photo.over(self.photo.gallery, own.photo)
        xray = self.xray
        if xray is not None and own.xray is not None:
            xray = xray.over(xray.gallery, own.xray)
        return replace(self, photo=photo, xray=xray)

    def _viewed(self, sight: Sight, at: float | None) -> Viewed:
        return Viewed(sight=appearance_of(sight), verdict=self.look(sight, at))

    def look(self, sight: Sight, at: float | None) -> Verdict:
        """The verdict on one view, by the marks in force at the moment `at` (seconds since 1970)."""
        if not isinstance(sight, XrayScan):
            return self.photo.inspect(sight, at)
        if self.xray is None:
            raise UnsupportedImage("no models for X-ray scans are deployed", field="views")
        return self.xray.inspect_scan(sight, at)


class Serving(Protocol):
    """Knows which models are at work. They may be replaced at any time: whoever needs them twice asks once."""

    @property
    def champion(self) -> Eyes:
        """The models by which everything is judged, but for what a canary takes."""

    def chosen(self, scan_id: str, station: str) -> Eyes:
        """The models that judge a scan of a station, with the thresholds that hold there."""


def snapshot_of(eyes: Eyes, revision: int, moment: datetime) -> Snapshot:
    """By what `eyes` reach a verdict, besides their models."""
    return Snapshot(
        registry_revision=revision, at=moment, release=eyes.release or None, thresholds=eyes.thresholds.version
    )
