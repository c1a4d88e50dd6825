"""One import: everything is read and checked first; then it is entered a batch at a time, so that scans get through.

With any bad recordation nothing is entered, unless bad ones are to be skipped. Pictures are embedded afterwards: a mark
is matched once its first picture is.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from inference.artwork.lettering import Lettering
from inference.errors import TidewaiterError
from service.database import Database
from service.exchange import repository
from service.exchange.artwork import Pictures
from service.exchange.errors import Unusable
from service.exchange.formats.detect import READERS, format_of
from service.exchange.pictures import PictureChecks
from service.exchange.records import Defaults, Record, Rejected
from service.exchange.schemas import ImportOptions
from service.exchange.screening import Screened, Seen, screen
from service.exchange.staging import Stage, write_accepted, write_rejected
from service.recordations.bulk import Entering, completed, enter_many
from service.recordations.intake import Taken
from service.recordations.schedule import Schedule
from service.recordations.service import RecordationService
from service.registry import repository as registry
from service.storage import FileStore
from service.tables import ExchangeJobRow

T = TypeVar("T")
BATCH = 200  # recordations in one transaction
Progress = Callable[[str, int, int | None], None]  # what, how many are done, of how many


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is imported."""

    path: Path
    name: str  # what it was called
    pictures: Pictures


@dataclass
class Tally:
    """What became of the recordations."""

    counts: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, int]:
        """All counts, also those that are nothing."""
        names = ("read", "rejected", "duplicates", "added", "changed", "unchanged")
        return {name: self.counts[name] for name in names}


class Importer:
    """Carries imports out."""

    def __init__(
        self,
        *,
        database: Database,
        files: FileStore,
        schedule: Schedule,
        recordations: RecordationService,
        lettering: Lettering,
        jurisdiction: str,
        max_bytes: int,
    ) -> None:
        self._database, self._files, self._schedule = database, files, schedule
        self._recordations, self._lettering = recordations, lettering
        self._jurisdiction, self._max_bytes = jurisdiction, max_bytes

    def run(self, job_id: str, source: Source, options: ImportOptions, folder: Path, progress: Progress) -> None:
        """Carry the job out from where it is. Raises what makes it fail."""
        stage = Stage(folder)
        with self._database.read() as session:
            job = session.get_one(ExchangeJobRow, job_id)
            state, counts, applied = job.state, dict(job.counts), job.applied
        if state != "applying":
            counts = self._read(job_id, source, options, stage, progress)
            if counts["rejected"] and not options.skip_bad:
                self._advance(job_id, "refused", counts=counts)
                return
            if options.dry_run:
                self._advance(job_id, "done", counts=counts)
                return
            self._advance(job_id, "applying", counts=counts)
        self._apply(job_id, stage, applied, counts["read"] - counts["rejected"], progress)
        self._advance(job_id, "done")

    def _read(
        self, job_id: str, source: Source, options: ImportOptions, stage: Stage, progress: Progress
    ) -> dict[str, int]:
        """Read and check the whole file; what can be entered is staged, what cannot is listed."""
        self._advance(job_id, "reading", counts={})
        tally, seen = Tally(), Seen()
        checks = PictureChecks(source.pictures, self._lettering, max_bytes=self._max_bytes)
        accepted, rejected = stage.begin()
        try:
            for batch in batches(self._records(source, options)):
                good, bad = self._checked(batch, checks, seen, tally, keep=not options.dry_run)
                for entering in good:
                    write_accepted(accepted, entering)
                write_rejected(rejected, bad)
                tally.counts.update(read=len(batch), rejected=len(bad))
                self._advance(job_id, "reading", counts=tally.as_dict())
                progress("reading", tally.counts["read"], None)
        finally:
            accepted.close()
            rejected.close()
            checks.close()
        return tally.as_dict()

    def _records(self, source: Source, options: ImportOptions) -> Iterator[Record | Rejected]:
        defaults = Defaults(
            jurisdiction=options.jurisdiction or self._jurisdiction,
            officer=options.officer,
            enter_as=options.enter_as,
            decided_on=options.decided_on,
        )
        kind = options.format or format_of(source.path, source.name)
        return READERS[kind](source.path, defaults)

    def _checked(
        self, batch: Sequence[Record | Rejected], checks: PictureChecks, seen: Seen, tally: Tally, *, keep: bool
    ) -> tuple[list[Entering], list[Rejected]]:
        """The recordations of a batch that can be entered, their pictures stored, and those that cannot."""
        bad = [one for one in batch if isinstance(one, Rejected)]
        records = [one for one in batch if isinstance(one, Record)]
        pictures = checks.check([record.filing for record in records])
        usable: list[tuple[Record, Entering]] = []
        for record in records:
            try:
                own = pictures.of(record.filing)
                usable.append((record, Entering(filing=completed(record.filing, self._schedule), pictures=own)))
            except TidewaiterError as error:
                bad.append(Rejected(place=record.place, reason=error.detail, field=error.field, text=_text(record)))
        good, conflicting = self._screened(usable, seen, tally)
        if keep:
            wanted = {one.sha256 for entering in good for own in entering.pictures for one in own}
            self._files.put_many(pictures.data(wanted))
        return good, [*bad, *conflicting]

    def _screened(
        self, usable: Sequence[tuple[Record, Entering]], seen: Seen, tally: Tally
    ) -> tuple[list[Entering], list[Rejected]]:
        with self._database.read() as session:
            effects = screen(session, [entering for _, entering in usable], self._schedule, seen)
        good: list[Entering] = []
        bad: list[Rejected] = []
        for (record, entering), effect in zip(usable, effects, strict=True):
            if effect.effect == "conflict":
                tally.counts["duplicates"] += 1
                bad.append(Rejected(place=record.place, reason=effect.reason, text=_text(record)))
            else:
                tally.counts[effect.effect] += 1
                good.append(entering)
        return good, bad

    def _apply(self, job_id: str, stage: Stage, applied: int, total: int, progress: Progress) -> None:
        """Enter what is staged; each batch and the count of it are one transaction."""
        for batch in batches(stage.read(skip=applied)):
            with self._database.write() as session:
                revision = registry.bump(session)
                effects = screen(session, batch, self._schedule, Seen())
                quick = [one for one, effect in zip(batch, effects, strict=True) if effect.quick]
                enter_many(session, quick, self._schedule, revision)
                for entering, effect in zip(batch, effects, strict=True):
                    if not effect.quick:
                        self._one(session, entering, effect, revision)
                applied += len(batch)
                repository.advance(session, job_id, "applying", applied=applied)
            progress("entering", applied, total)

    def _one(self, session: Session, entering: Entering, effect: Screened, revision: int) -> None:
        taken = Taken(pictures=list(entering.pictures), vectors={})
        if effect.effect == "conflict":  # somebody entered it since the file was checked
            raise Unusable(effect.reason)
        if effect.effect == "changed" and effect.recordation_id is not None:
            self._recordations.replace(session, effect.recordation_id, entering.filing, taken, revision)
        if effect.effect == "added":
            self._recordations.enter(session, entering.filing, taken, revision)

    def _advance(self, job_id: str, state: str, **changes: object) -> None:
        with self._database.write() as session:
            repository.advance(session, job_id, state, **changes)


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """`items`, BATCH at a time."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _text(record: Record) -> str:
    marks = ", ".join(mark.title for mark in record.filing.marks)
    return f"{record.filing.number or 'without a number'}: {marks}"
