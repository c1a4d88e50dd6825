"""The first half of an import: the whole file is read and checked; what can be entered is staged, the rest reported."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from inference.artwork.lettering import Lettering
from inference.errors import TidewaiterError
from service.database import Database
from service.exchange.artwork import Pictures
from service.exchange.formats.detect import READERS, format_of
from service.exchange.pictures import PictureChecks
from service.exchange.records import Defaults, Record, Rejected
from service.exchange.schemas import ImportOptions
from service.exchange.screening import Screened, Seen, screen
from service.exchange.staging import Stage, Writing
from service.exchange.twins import Twins
from service.recordations.bulk import Entering, completed
from service.recordations.schedule import Schedule
from service.storage import FileStore

T = TypeVar("T")
BATCH = 200  # recordations that are checked, or entered, together
Counts = dict[str, int]


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

    def add(self, screened: Screened) -> None:
        """Count one that was screened."""
        self.counts["rejected" if screened.effect == "conflict" else screened.effect] += 1
        self.counts["duplicates"] += bool(screened.duplicates)

    def as_dict(self) -> dict[str, int]:
        """All counts, also those that are nothing."""
        names = ("read", "rejected", "duplicates", "added", "changed", "unchanged")
        return {name: self.counts[name] for name in names}


@dataclass
class Known:
    """What is known of the file so far."""

    seen: Seen = field(default_factory=Seen)
    twins: Twins = field(default_factory=Twins)


class Reading:
    """Reads and checks files."""

    def __init__(
        self,
        *,
        database: Database,
        files: FileStore,
        schedule: Schedule,
        lettering: Lettering,
        jurisdiction: str,
        max_bytes: int,
    ) -> None:
        self._database, self._files, self._schedule = database, files, schedule
        self._lettering, self._jurisdiction, self._max_bytes = lettering, jurisdiction, max_bytes

    def run(self, source: Source, options: ImportOptions, stage: Stage, counted: Callable[[Counts], None]) -> Counts:
        """Stage the file, telling after each batch what is counted. Raises BadExchangeFile."""
        tally, known = Tally(), Known()
        counted(tally.as_dict())
        checks = PictureChecks(source.pictures, self._lettering, max_bytes=self._max_bytes)
        with closing(checks), Writing(stage) as writing:
            for batch in batches(self._records(source, options)):
                writing.reject([one for one in batch if isinstance(one, Rejected)])
                records = [one for one in batch if isinstance(one, Record)]
                self._check(records, checks, known, tally, writing, keep=not options.dry_run)
                tally.counts.update(read=len(batch), rejected=len(batch) - len(records))
                counted(tally.as_dict())
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

    def _check(
        self,
        records: Sequence[Record],
        checks: PictureChecks,
        known: Known,
        tally: Tally,
        writing: Writing,
        *,
        keep: bool,
    ) -> None:
        """Stage the recordations of a batch that can be entered, their pictures stored, and list the others."""
        pictures = checks.check([record.filing for record in records])
        usable: list[tuple[Record, Entering]] = []
        for record in records:
            try:
                own = pictures.of(record.filing)
                usable.append((record, Entering(filing=completed(record.filing, self._schedule), pictures=own)))
            except TidewaiterError as error:
                tally.counts["rejected"] += 1
                writing.reject(
                    [Rejected(place=record.place, reason=error.detail, field=error.field, text=_text(record))]
                )
        wanted: set[str] = set()
        for (record, entering), effect in zip(usable, self._screened(usable, known), strict=True):
            tally.add(effect)
            if effect.effect == "conflict":
                writing.reject([Rejected(place=record.place, reason=effect.reason, text=_text(record))])
                writing.double(record, effect)
            else:
                writing.accept(record, entering, effect)
                wanted |= {one.sha256 for own in entering.pictures for one in own}
        if keep:
            self._files.put_many(pictures.data(wanted))

    def _screened(self, usable: Sequence[tuple[Record, Entering]], known: Known) -> list[Screened]:
        batch = [entering for _, entering in usable]
        with self._database.read() as session:
            effects = screen(session, batch, self._schedule, known.seen)
            twins = known.twins.of(session, batch)
        return [
            replace(effect, duplicates=(*effect.duplicates, *own)) for effect, own in zip(effects, twins, strict=True)
        ]


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """`items`, BATCH at a time."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _text(record: Record) -> str:
    marks = ", ".join(mark.title for mark in record.filing.marks)
    return f"{record.filing.number or 'without a number'}: {marks}"
