"""Takes scans: all views are checked, then files, scan and key are stored durably, or nothing is."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inference.decoding import Limits, check_bytes
from inference.xray.sidecar import read_sidecar
from service.clock import Clock
from service.database import Database
from service.errors import InvalidRequest
from service.identity import repository as identity
from service.identity.errors import WrongStation
from service.scans import repository
from service.scans.errors import FalseHash, IdempotencyKeyReused, StillInProgress, ViewsMiscounted
from service.scans.eyes import Eyes
from service.scans.repository import NewKey, NewScan, NewView
from service.scans.schemas import ImageIn, ScanMetadata
from service.scans.sights import Sight, modality_of, read_sight, size_of, view_of
from service.scans.wishes import Wish
from service.stations import repository as stations
from service.stations.policy import Terms
from service.storage import FileStore
from service.tables import ScanRow
from service.uploads import Upload

KEPT = timedelta(hours=24)  # how long a key is remembered
LEASE = timedelta(seconds=30)  # how long a scan is left to the process that took it, unless it says more
FURTHEST = timedelta(hours=24)  # no line waits for longer
KEPT_PIXELS = 64_000_000  # decoded views of all waiting scans; beyond that they are decoded again


@dataclass(frozen=True, kw_only=True)
class Poster:
    """Whose scan it is."""

    account_id: str = ""
    office: str | None = None  # None: all offices
    station: str | None = None  # None: may post for any


@dataclass(frozen=True, kw_only=True)
class CheckedView:
    """A view that can be inspected."""

    data: bytes
    row: NewView
    image: Sight | None  # unless it was too much to keep


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A stored scan."""

    scan_id: str
    replayed: bool = False
    inspected: bool = False
    images: tuple[Sight | None, ...] | None = None  # its views, as far as they are decoded
    row: ScanRow | None = None  # as it was just stored, in no session


@dataclass(frozen=True, kw_only=True)
class _Read:
    """A post as it came, its files not looked into yet."""

    metadata: ScanMetadata
    files: tuple[bytes, ...]
    fields: tuple[str, ...]  # as errors should name the files
    hashes: tuple[str, ...]

    @property
    def images(self) -> tuple[ImageIn, ...]:
        return tuple(self.metadata.images) or (ImageIn(),) * len(self.files)

    @property
    def views_digest(self) -> str:
        """What tells this scan from others of its parcel: the images and the names the device gave them."""
        named = zip(self.hashes, self.images, strict=True)
        lines = [sha if image.image_id is None else f"{sha} {image.image_id}" for sha, image in named]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """What tells this post from others: all that was said, and the images."""
        return hashlib.sha256("\n".join((self.metadata.model_dump_json(), *self.hashes)).encode()).hexdigest()


class ScanIntake:
    """Stores what stations post, each scan once."""

    def __init__(
        self, *, database: Database, files: FileStore, champion: Callable[[], Eyes], limits: Limits, clock: Clock
    ) -> None:
        self._database, self._files, self._limits, self._clock = database, files, limits, clock
        self._champion = champion
        self._kept = KeptPixels(KEPT_PIXELS)

    def take(
        self, metadata: ScanMetadata, uploads: Sequence[Upload], poster: Poster | None = None, wish: Wish | None = None
    ) -> Taken:
        """Store a scan, or find the stored one that this post repeats. What it returns is on disk.

        Raises StorageFull, WrongStation, IdempotencyKeyReused, StillInProgress, FalseHash, or BadImage naming the view;
        then nothing is stored.
        """
        poster, wish, now = poster or Poster(), wish or Wish(), self._clock()
        if poster.station not in (None, metadata.station):
            raise WrongStation(f"{poster.station!r} posted for {metadata.station!r}", field="station")
        self._files.check_room()
        post = self._read(metadata, uploads)
        key = None
        if wish.key is not None:
            key = NewKey(account_id=poster.account_id, key=wish.key, fingerprint=post.fingerprint, at=now)
        with self._database.read() as session:
            assigned, terms = stations.place_of(session, metadata.station)
            office = office_for(metadata.station, assigned, poster.office)
            stored = self._stored(session, post, key)
        promised = _answer_by(terms, metadata, wish.sent_at, now)
        if stored is None:
            views = self._check(post)
            images = tuple(view.image for view in views)
            try:
                self._files.put_all(view.data for view in views)
                row = self._store(_new_scan(post, [view.row for view in views], office, now, promised), key)
            except BaseException:
                self._release(images)
                raise
            if row is not None:
                return Taken(scan_id=row.id, images=images, row=row)
            self._release(images)
        return self._repeated(post, key, stored)  # somebody posted the same at the same time, or before

    def release(self, taken: Taken) -> None:
        """The decoded views of a scan are kept no longer."""
        self._release(taken.images or ())

    def mark_answered(self, account_id: str, key: str) -> None:
        """Whoever posts under this key again is told how the scan stands."""
        with self._database.write() as session:
            repository.key_answered(session, account_id, key)

    def _read(self, metadata: ScanMetadata, uploads: Sequence[Upload]) -> _Read:
        if metadata.images and len(metadata.images) != len(uploads):
            raise ViewsMiscounted(
                f"{len(metadata.images)} described, {len(uploads)} sent", field="metadata.images", limit="one per view"
            )
        files = tuple(upload.read(self._limits.max_bytes) for upload in uploads)
        hashes = tuple(hashlib.sha256(data).hexdigest() for data in files)
        for n, (image, actual) in enumerate(zip(metadata.images, hashes, strict=False)):
            if image.sha256 not in (None, actual):
                raise FalseHash(f"{actual} came", field=f"metadata.images[{n}].sha256", limit=str(image.sha256))
        fields = tuple(upload.field for upload in uploads)
        return _Read(metadata=metadata, files=files, fields=fields, hashes=hashes)

    def _stored(self, session: Session, post: _Read, key: NewKey | None) -> str | None:
        """The scan that a post repeats, or None. Raises IdempotencyKeyReused, StillInProgress."""
        used = None if key is None else repository.key_of(session, key.account_id, key.key, key.at - KEPT)
        if used is None or key is None:
            return repository.same(session, post.metadata.station, post.metadata.parcel, post.views_digest)
        if used.fingerprint != key.fingerprint:
            raise IdempotencyKeyReused(f"{key.key!r} came with another scan at {used.at}", field="Idempotency-Key")
        scan = repository.find(session, used.scan_id)
        if not used.answered and scan is not None and scan.state == "received":
            raise StillInProgress(f"scan {used.scan_id}", field="Idempotency-Key")
        return used.scan_id

    def _repeated(self, post: _Read, key: NewKey | None, stored: str | None) -> Taken:
        """The stored scan of a post that repeats it; a key that is new to it is kept with it."""
        with self._database.read() as session:
            scan_id = self._stored(session, post, key) if stored is None else stored
            scan = None if scan_id is None else repository.find(session, scan_id)
            known = key is None or repository.key_of(session, key.account_id, key.key, key.at - KEPT) is not None
        if scan is None:
            raise RuntimeError("the scan could not be stored, and is not there")
        if key is not None and not known:
            with self._database.write() as session:
                repository.add_key(session, key, scan.id, since=key.at - KEPT)
        return Taken(scan_id=scan.id, replayed=True, inspected=scan.state == "done")

    def _check(self, post: _Read) -> list[CheckedView]:
        checked: list[CheckedView] = []
        try:
            files = zip(post.files, post.fields, post.hashes, post.images, strict=True)
            for place, (data, field, sha256, image) in enumerate(files):
                check_bytes(data, self._limits, field)
                if image.sidecar is not None:
                    read_sidecar(image.sidecar, f"images[{place}].xray")
                modality = self._champion().checked(modality_of(data, image.looks_like), field)
                seen = read_sight(data, modality, limits=self._limits, field=field, sidecar=image.sidecar)
                view = view_of(data, modality, seen, sha256, limits=self._limits)
                row = replace(view, image_id=image.image_id, name=image.view, sidecar=image.sidecar)
                checked.append(CheckedView(data=data, row=row, image=seen if self._kept.keep(seen) else None))
        except BaseException:
            self._release(view.image for view in checked)
            raise
        return checked

    def _release(self, images: Iterable[Sight | None]) -> None:
        self._kept.release(sum(size_of(image) for image in images if image is not None))

    def _store(self, scan: NewScan, key: NewKey | None) -> ScanRow | None:
        """Scan and key in one transaction. None if one of them was there before."""
        try:
            with self._database.write() as session:
                row = repository.add(session, scan)
                if key is not None:
                    repository.add_key(session, key, row.id, since=key.at - KEPT)
                return row
        except IntegrityError:
            return None


class KeptPixels:
    """How many decoded pixels wait: a bound, so that a full queue of large photographs does not fill the memory."""

    def __init__(self, most: int) -> None:
        self._most, self._count, self._lock = most, 0, threading.Lock()

    def keep(self, image: Sight) -> bool:
        """Whether this one may be kept."""
        wanted = size_of(image)
        with self._lock:
            if self._count + wanted > self._most:
                return False
            self._count += wanted
            return True

    def release(self, pixels: int) -> None:
        """So many are kept no longer."""
        with self._lock:
            self._count -= pixels


def office_for(station: str, assigned: str | None, office: str | None) -> str:
    """The office that a station posts to: which it was `assigned` to, or `office`, of whoever posts.

    Raises WrongStation if they are different ones.
    """
    if assigned is not None and office not in (None, assigned):
        raise WrongStation(f"station {station!r} belongs to another office", field="station")
    return assigned or office or identity.FIRST_OFFICE


def _answer_by(terms: Terms, metadata: ScanMetadata, sent_at: datetime | None, now: datetime) -> datetime | None:
    """When the scan must be answered, by our clock: the station's own may be wrong, so its moment is moved by as much.

    What is left when it is sent is left when it is received; the way here counts as no time.
    """
    if metadata.answer_by is not None:
        left = metadata.answer_by - (sent_at or now)
        if left > FURTHEST:
            raise InvalidRequest(f"{left} ahead", field="metadata.answer_by", limit=f"{FURTHEST} ahead")
        return now + max(left, -FURTHEST)
    within = terms.answer_within_ms
    return None if within is None else now + timedelta(milliseconds=within)


def _new_scan(post: _Read, views: Sequence[NewView], office: str, now: datetime, answer_by: datetime | None) -> NewScan:
    given = post.metadata
    return NewScan(
        office=office,
        station=given.station,
        parcel=given.parcel,
        lane=given.lane,
        views_digest=post.views_digest,
        received_at=now,
        captured_at=given.captured_at,
        answer_by=answer_by,
        leased_until=now + LEASE,
        declaration=None if given.declaration is None else given.declaration.model_dump(mode="json"),
        views=tuple(views),
    )
