"""What happens to a scan: check all views, store it, inspect it, save verdict and alerts."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import IntegrityError

from inference.decoding import Limits, decode, sniff
from inference.vocabulary import Image
from service.alerts import repository as alerts
from service.alerts.injecting import Injector
from service.alerts.rules import ReviewRules
from service.alerts.tiers import Urgency, urgency
from service.database import Database
from service.errors import InspectionFailed, UnknownScan, UnknownView
from service.identity import repository as identity
from service.identity.errors import WrongStation
from service.inspecting import Inspecting
from service.law.library import Law
from service.metrics import Metrics
from service.recordations.facts import recorded
from service.registry import changes
from service.registry import repository as registry
from service.registry.live import LiveGallery
from service.scans import repository
from service.scans.repository import NewScan, NewView
from service.scans.schemas import Declaration, ScanMetadata, ScanOut, Snapshot, SuspicionOut, VerdictOut, ViewOut
from service.scans.verdicts import by_holder, combine
from service.scans.weighing import weighed
from service.storage import FileStore
from service.tables import ScanRow, ViewRow
from service.uploads import Upload

MAX_ATTEMPTS = 3
ROUNDS = 3  # inspections of one scan while the marks it bears keep changing
KEPT_PIXELS = 24_000_000  # decoded views kept from checking to inspection; beyond that they are decoded again
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class CheckedView:
    """A view that can be inspected."""

    data: bytes
    row: NewView
    image: Image | None  # (H, W, 3) RGB, unless it was too much to keep


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was seen on a parcel that is no scan."""

    views: Sequence[NewView]
    declaration: Declaration | None
    verdict: VerdictOut


class ScanService:
    """Takes scans and shows them."""

    def __init__(
        self,
        *,
        database: Database,
        files: FileStore,
        inspector: Inspecting,
        live: LiveGallery,
        metrics: Metrics,
        limits: Limits,
        law: Law,
        rules: ReviewRules,
        injector: Injector,
    ) -> None:
        self._database, self._files, self._inspector, self._law = database, files, inspector, law
        self._live, self._metrics, self._limits = live, metrics, limits
        self._rules, self._injector = rules, injector

    def receive(
        self, metadata: ScanMetadata, uploads: Sequence[Upload], office: str | None = None
    ) -> tuple[ScanOut, bool]:
        """Take a scan. Returns it, inspected, and whether it repeats a stored one. `office`: of whoever posts it.

        Raises WrongStation, BadImage naming the view before anything is stored; InspectionFailed after it was stored.
        """
        belongs = self._office(metadata.station, office)
        views = self._check(uploads)
        self._files.put_all(view.data for view in views)
        scan = _new_scan(metadata, views, belongs)
        scan_id, replayed = self._store(scan)
        done = self.get(scan_id)
        if done.state != "done":
            done = self.inspect(scan_id, (view.image for view in views))
        return done, replayed

    def look(self, metadata: ScanMetadata, uploads: Sequence[Upload]) -> Looked:
        """Look at a parcel as at any other, without a scan and without alerts; the photographs are kept.

        Raises BadImage.
        """
        views = self._check(uploads)
        self._files.put_all(view.data for view in views)
        now = datetime.now(UTC)
        snapshot = Snapshot(registry_revision=self._live.refresh(), at=now)
        limits = self._limits
        images = (decode(v.data, limits=limits) if v.image is None else v.image for v in views)
        seen = combine([self._inspector.inspect(image, now.timestamp()) for image in images])
        with self._database.read() as session:
            facts = recorded(session, {item.mark.mark_id for item in seen.suspicions}, self._law)
        verdict = weighed(seen, facts, metadata.declaration, snapshot)
        return Looked(views=[view.row for view in views], declaration=metadata.declaration, verdict=verdict)

    def inspect(self, scan_id: str, images: Iterable[Image | None] | None = None) -> ScanOut:
        """Inspect a stored scan and save what was found. `images` are its views as far as they are decoded.

        Raises InspectionFailed; after MAX_ATTEMPTS the scan's state is `failed`.
        """
        with self._database.write() as session:
            attempts = repository.count_attempt(session, scan_id)
        decoded = None if images is None else list(images)
        try:
            self._settle(scan_id, decoded)
        except Exception as error:  # whatever it was: the scan stays stored, and the caller is told
            if attempts >= MAX_ATTEMPTS:
                with self._database.write() as session:
                    repository.give_up(session, scan_id)
            raise InspectionFailed(f"scan {scan_id} could not be inspected", field="views") from error
        return self.get(scan_id)

    def unfinished(self) -> Sequence[str]:
        """Scans that were stored but not inspected: the process ended in between."""
        with self._database.read() as session:
            return repository.received(session)

    def get(self, scan_id: str, *, within: str | None = None) -> ScanOut:
        """A stored scan; of this office, if one is given. Raises UnknownScan."""
        with self._database.read() as session:
            row = _found(repository.find(session, scan_id), scan_id, within)
            return _scan_out(row, alerts.of_scan(session, scan_id))

    def view(self, scan_id: str, index: int, *, within: str | None = None) -> tuple[str, bytes]:
        """Media type and bytes of a view, as they were sent. Raises UnknownScan, UnknownView."""
        with self._database.read() as session:
            views = _found(repository.find(session, scan_id), scan_id, within).views
        if not 0 <= index < len(views):
            raise UnknownView(f"view {index} of {scan_id}", field="index", limit=f"0 to {len(views) - 1}")
        return views[index].media_type, self._files.get(views[index].sha256)

    def pictures(self, scan_id: str) -> Iterable[Image]:
        """The photographs of a stored scan (H, W, 3) RGB, in their order. Raises UnknownScan."""
        with self._database.read() as session:
            scan = _found(repository.find(session, scan_id), scan_id)
        return self._images(scan, None)

    def _office(self, station: str, office: str | None) -> str:
        with self._database.read() as session:
            assigned = identity.office_of(session, station)
        if assigned is not None and office not in (None, assigned):
            raise WrongStation(f"station {station!r} belongs to another office", field="station")
        return assigned or office or identity.FIRST_OFFICE

    def _urgency(self, sightings: Sequence[SuspicionOut]) -> Urgency:
        return urgency(self._rules, sightings, datetime.now(UTC))

    def _check(self, uploads: Sequence[Upload]) -> list[CheckedView]:
        checked: list[CheckedView] = []
        kept = 0
        for upload in uploads:
            data = upload.read(self._limits.max_bytes)
            header = sniff(data, limits=self._limits, field=upload.field)
            image: Image | None = decode(data, limits=self._limits, field=upload.field)
            kept += header.width * header.height
            row = NewView(
                sha256=hashlib.sha256(data).hexdigest(),
                media_type=header.media_type,
                width=header.width,
                height=header.height,
                size=len(data),
            )
            checked.append(CheckedView(data=data, row=row, image=image if kept <= KEPT_PIXELS else None))
        return checked

    def _store(self, scan: NewScan) -> tuple[str, bool]:
        try:
            with self._database.write() as session:
                return repository.add(session, scan).id, False
        except IntegrityError:
            with self._database.read() as session:
                stored = repository.same(session, scan)
            if stored is None:  # it was another constraint
                raise
            return stored, True

    def _settle(self, scan_id: str, images: Sequence[Image | None] | None) -> None:
        """Inspect and save; once more if a mark that was found changed meanwhile, so that what is withdrawn is gone."""
        with self._database.read() as session:
            scan = _found(repository.find(session, scan_id), scan_id)
        moment = moment_of(scan)
        for left in reversed(range(ROUNDS)):
            revision = self._live.refresh()
            views = self._images(scan, images)
            verdict = combine([self._inspector.inspect(view, moment.timestamp()) for view in views])
            if self._save(scan_id, verdict, Snapshot(registry_revision=revision, at=moment), last=left == 0):
                return

    def _images(self, scan: ScanRow, images: Sequence[Image | None] | None) -> Iterable[Image]:
        ready = [None] * len(scan.views) if images is None else images
        for view, image in zip(scan.views, ready, strict=True):
            yield decode(self._files.get(view.sha256), limits=self._limits) if image is None else image

    def _save(self, scan_id: str, seen: VerdictOut, snapshot: Snapshot, *, last: bool) -> bool:
        """Save the verdict and raise its alerts, unless a mark in it changed since and this is not the last try.

        The registry cannot change in between: a withdrawal is answered either before, and then its mark is not in the
        verdict, or after the alert was raised.
        """
        found = {item.mark.mark_id for item in seen.suspicions}
        with self._database.write() as session:
            registry.revision(session, hold=True)
            if not last and changes.changed_after(session, found, snapshot.registry_revision):
                return False
            scan = _found(repository.find(session, scan_id), scan_id)
            verdict = weighed(seen, recorded(session, found, self._law), _declaration(scan), snapshot)
            if not repository.finish(session, scan_id, verdict.model_dump(mode="json")):
                return True  # a repeated post was faster: its verdict stands
            raised = [
                alerts.add(session, scan, verdict, sightings, self._urgency(sightings), _declaration(scan))
                for sightings in by_holder(verdict).values()
            ]
            for _ in raised:
                self._injector.perhaps(session, scan)
        self._metrics.scans.labels(verdict.decision).inc()
        self._metrics.alerts.inc(len(raised))
        self._metrics.steps(verdict.milliseconds)
        log.info("scan_inspected", scan=scan_id, decision=verdict.decision, alerts=len(raised))
        return True


def _new_scan(metadata: ScanMetadata, views: Sequence[CheckedView], office: str) -> NewScan:
    digest = hashlib.sha256("\n".join(view.row.sha256 for view in views).encode()).hexdigest()
    declaration = None if metadata.declaration is None else metadata.declaration.model_dump(mode="json")
    return NewScan(
        office=office,
        station=metadata.station,
        parcel=metadata.parcel,
        views_digest=digest,
        captured_at=metadata.captured_at,
        declaration=declaration,
        views=tuple(view.row for view in views),
    )


def moment_of(scan: ScanRow) -> datetime:
    """The moment at which recordations have to be in force: when the parcel was scanned, as far as that can be true."""
    if scan.captured_at is None or scan.captured_at > scan.received_at:
        return scan.received_at
    return scan.captured_at


def _declaration(row: ScanRow) -> Declaration | None:
    return None if row.declaration is None else Declaration.model_validate(row.declaration)


def _found(row: ScanRow | None, scan_id: str, within: str | None = None) -> ScanRow:
    if row is None or within not in (None, row.office):
        raise UnknownScan(f"no scan {scan_id!r} is stored", field="scan_id")
    return row


def _scan_out(row: ScanRow, raised: Sequence[str]) -> ScanOut:
    return ScanOut(
        id=row.id,
        station=row.station,
        parcel=row.parcel,
        state=row.state,
        received_at=row.received_at,
        captured_at=row.captured_at,
        declaration=_declaration(row),
        views=[_view_out(view) for view in row.views],
        verdict=None if row.verdict is None else VerdictOut.model_validate(row.verdict),
        alerts=list(raised),
    )


def _view_out(view: ViewRow) -> ViewOut:
    return ViewOut(
        index=view.position,
        sha256=view.sha256,
        media_type=view.media_type,
        width=view.width,
        height=view.height,
        size=view.size,
        url=f"/v1/scans/{view.scan_id}/views/{view.position}",
    )
