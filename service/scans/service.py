"""Shows scans, and looks at parcels that are none."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inference.decoding import Limits, check_bytes
from inference.xray.display import Mode, shown
from inference.xray.planes import planes_of
from inference.xray.scan import XrayScan
from service.alerts import repository as alerts
from service.clock import Clock
from service.database import Database
from service.errors import UnknownView
from service.law.library import Law
from service.recordations.facts import recorded
from service.scans import repository
from service.scans.answers import found, scan_out
from service.scans.declarations import Declaration
from service.scans.eyes import Serving, snapshot_of
from service.scans.judging import ScanJudge
from service.scans.modalities import as_modality
from service.scans.repository import NewView
from service.scans.schemas import ScanMetadata, ScanOut, VerdictOut
from service.scans.sights import Sight, modality_of, read_sight, view_of
from service.scans.stored import stored_sight
from service.scans.taking import Poster, ScanIntake
from service.scans.weighing import weighed
from service.storage import FileStore
from service.tables import ViewRow
from service.uploads import Upload


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was seen on a parcel that is no scan."""

    views: Sequence[NewView]
    declaration: Declaration | None
    verdict: VerdictOut


class ScanService:
    """Reads what `ScanIntake` stored and `ScanJudge` found."""

    def __init__(
        self,
        *,
        database: Database,
        files: FileStore,
        intake: ScanIntake,
        judge: ScanJudge,
        serving: Serving,
        law: Law,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._database, self._files, self._intake, self._judge = database, files, intake, judge
        self._serving, self._law, self._limits, self._clock = serving, law, limits, clock

    def receive(self, metadata: ScanMetadata, uploads: Sequence[Upload], poster: Poster | None = None) -> ScanOut:
        """Take a scan and inspect it here and now, unless that was done. Raises as `ScanIntake.take` and `inspect`."""
        taken = self._intake.take(metadata, uploads, poster)
        try:
            if self.get(taken.scan_id).state != "done":
                self._judge.inspect(taken.scan_id, taken.images)
        finally:
            self._intake.release(taken)
        return self.get(taken.scan_id)

    def look(self, metadata: ScanMetadata, uploads: Sequence[Upload]) -> Looked:
        """Look at a parcel as at any other, without a scan and without alerts; the photographs are kept.

        Raises BadImage.
        """
        files = [(upload.field, upload.read(self._limits.max_bytes)) for upload in uploads]
        views, images, eyes = [], [], self._serving.champion
        for field, data in files:
            check_bytes(data, self._limits, field)
            modality = eyes.checked(modality_of(data, None), field)
            images.append(read_sight(data, modality, limits=self._limits, field=field))
            sha256 = hashlib.sha256(data).hexdigest()
            views.append(view_of(data, modality, images[-1], sha256, limits=self._limits))
        self._files.put_all(data for _, data in files)
        now = self._clock()
        revision = eyes.refresh({as_modality(view.modality) for view in views})
        snapshot = snapshot_of(eyes, revision, now)
        seen = self._judge.look(images, now, eyes).verdict
        with self._database.read() as session:
            facts = recorded(session, {item.mark.mark_id for item in seen.suspicions}, self._law)
        verdict = weighed(seen, facts, metadata.declaration, snapshot, eyes.thresholds)
        return Looked(views=views, declaration=metadata.declaration, verdict=verdict)

    def unfinished(self) -> Sequence[str]:
        """Scans that are stored but not inspected yet."""
        with self._database.read() as session:
            return repository.unfinished(session)

    def get(self, scan_id: str, *, within: str | None = None, station: str | None = None) -> ScanOut:
        """A stored scan; of this office and station, as far as they are given. Raises UnknownScan."""
        with self._database.read() as session:
            row = found(repository.find(session, scan_id), scan_id, office=within, station=station)
            return scan_out(row, alerts.of_scan(session, scan_id))

    def view(
        self, scan_id: str, index: int, *, within: str | None = None, station: str | None = None
    ) -> tuple[str, bytes]:
        """Media type and bytes of a view, as they were sent. Raises UnknownScan, UnknownView."""
        view = self._view(scan_id, index, within=within, station=station)
        return view.media_type, self._files.get(view.sha256)

    def shown(self, scan_id: str, index: int, mode: Mode = "colour", *, within: str | None = None) -> tuple[str, bytes]:
        """Media type and bytes of a view as browsers show it, X-ray scans drawn. Raises UnknownScan, UnknownView."""
        view = self._view(scan_id, index, within=within)
        sight = None if view.modality == "photo" else stored_sight(self._files, view, self._limits)
        if not isinstance(sight, XrayScan):
            return view.media_type, self._files.get(view.sha256)
        _, drawn = cv2.imencode(".png", cv2.cvtColor(shown(sight, mode), cv2.COLOR_RGB2BGR))
        return "image/png", bytes(np.asarray(drawn).tobytes())

    def planes(self, scan_id: str, index: int, *, within: str | None = None) -> bytes:
        """An X-ray scan as `inference.xray.planes`. Raises UnknownScan, UnknownView, also for a photograph."""
        view = self._view(scan_id, index, within=within)
        sight = None if view.modality == "photo" else stored_sight(self._files, view, self._limits)
        if not isinstance(sight, XrayScan):
            raise UnknownView(f"view {index} of {scan_id} is a photograph", field="index", limit="X-ray scans")
        return planes_of(sight)

    def _view(self, scan_id: str, index: int, *, within: str | None = None, station: str | None = None) -> ViewRow:
        with self._database.read() as session:
            views = found(repository.find(session, scan_id), scan_id, office=within, station=station).views
        if not 0 <= index < len(views):
            raise UnknownView(f"view {index} of {scan_id}", field="index", limit=f"0 to {len(views) - 1}")
        return views[index]

    def pictures(self, scan_id: str) -> Iterable[Sight]:
        """The views of a stored scan, in their order. Raises UnknownScan."""
        with self._database.read() as session:
            scan = found(repository.find(session, scan_id), scan_id)
        return self._judge.pictures(scan)
