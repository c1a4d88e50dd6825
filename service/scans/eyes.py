"""The inspectors of this process: one for photographs, and where models for them are deployed, one for X-ray scans."""

from collections.abc import Iterable
from dataclasses import dataclass

from inference.artwork.views import Kind
from inference.errors import UnsupportedImage
from inference.vocabulary import Modality, Verdict
from inference.xray.scan import XrayScan
from service.inspecting import Inspecting, XrayInspecting
from service.registry.live import LiveGallery
from service.scans.schemas import VerdictOut
from service.scans.sights import Sight
from service.scans.verdicts import combine

DRAWN: frozenset[Kind] = frozenset({"artwork"})  # X-ray scans are compared with drawings; photographs are of surfaces


@dataclass(frozen=True, kw_only=True)
class Eyes:
    """Looks at a view by what it is. `live` and `xray_live` keep the inspectors' galleries up to date."""

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

    def judge(self, sights: Iterable[Sight], at: float | None) -> VerdictOut:
        """The verdict on a parcel by all of its views, in their order; at least one. `at` is as for `look`."""
        gain = None if self.xray is None else self.xray.gain
        return combine([self.look(sight, at) for sight in sights], gain)

    def look(self, sight: Sight, at: float | None) -> Verdict:
        """The verdict on one view, by the marks in force at the moment `at` (seconds since 1970)."""
        if not isinstance(sight, XrayScan):
            return self.photo.inspect(sight, at)
        if self.xray is None:
            raise UnsupportedImage("no models for X-ray scans are deployed", field="views")
        return self.xray.inspect_scan(sight, at)
