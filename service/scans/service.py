"""Shows scans, and looks at parcels that are none."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inference.decoding import Limits, decode, sniff
from inference.vocabulary import Image
from service.alerts import repository as alerts
from service.clock import Clock
from service.database import Database
from service.errors import UnknownView
from service.law.library import Law
from service.recordations.facts import recorded
from service.registry.live import LiveGallery
from service.scans import repository
from service.scans.answers import found, scan_out
from service.scans.declarations import Declaration
from service.scans.judging import ScanJudge
from service.scans.repository import NewView
from service.scans.schemas import ScanMetadata, ScanOut, Snapshot, VerdictOut
from service.scans.taking import Poster, ScanIntake
from service.scans.weighing import weighed
from service.storage import FileStore
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
        live: LiveGallery,
        law: Law,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._database, self._files, self._intake, self._judge = database, files, intake, judge
        self._live, self._law, self._limits, self._clock = live, law, limits, clock

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
        views = [self._new_view(field, data) for field, data in files]
        images = [decode(data, limits=self._limits, field=field) for field, data in files]
        self._files.put_all(data for _, data in files)
        now = self._clock()
        snapshot = Snapshot(registry_revision=self._live.refresh(), at=now)
        seen = self._judge.look(images, now)
        with self._database.read() as session:
            facts = recorded(session, {item.mark.mark_id for item in seen.suspicions}, self._law)
        verdict = weighed(seen, facts, metadata.declaration, snapshot)
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
        with self._database.read() as session:
            views = found(repository.find(session, scan_id), scan_id, office=within, station=station).views
        if not 0 <= index < len(views):
            raise UnknownView(f"view {index} of {scan_id}", field="index", limit=f"0 to {len(views) - 1}")
        return views[index].media_type, self._files.get(views[index].sha256)

    def pictures(self, scan_id: str) -> Iterable[Image]:
        """The photographs of a stored scan (H, W, 3) RGB, in their order. Raises UnknownScan."""
        with self._database.read() as session:
            scan = found(repository.find(session, scan_id), scan_id)
        return self._judge.pictures(scan)

    def _new_view(self, field: str, data: bytes) -> NewView:
        header = sniff(data, limits=self._limits, field=field)
        return NewView(
            sha256=hashlib.sha256(data).hexdigest(),
            media_type=header.media_type,
            width=header.width,
            height=header.height,
            size=len(data),
        )
