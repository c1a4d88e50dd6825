"""Labels: what there is to learn from, whose words are excluded, what right holders answered, sets from elsewhere."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.exc import IntegrityError

from inference.decoding import Limits
from service.alerts import repository as alerts
from service.alerts.service import found
from service.clock import Clock
from service.database import Database
from service.exchange.artwork import Pictures
from service.identifiers import new_id
from service.labels import repository
from service.labels.collecting import Collected, Collector, Moved
from service.labels.errors import AlreadyExcluded, UnknownExclusion, WordGiven
from service.labels.importing import check_marks, pictures_in, records_in
from service.labels.schemas import (
    ExclusionIn,
    ExclusionOut,
    HolderWordIn,
    HolderWordOut,
    LabelSetIn,
    LabelSetOut,
    LabelsOut,
    LeftOut,
    LeftPage,
    SuspectOut,
)
from service.labels.storing import written
from service.tables import HolderWordRow, LabelExclusionRow, LabelSetRow

DAYS = 90  # that are looked at if nobody says since when
SHOWN = 1000  # decisions without a label on one page
log = structlog.get_logger()


class LabelService:
    """What models may learn from. `office` is whose alone is asked for; None for all."""

    def __init__(self, *, database: Database, collector: Collector, limits: Limits, clock: Clock) -> None:
        self._database, self._collector = database, collector
        self._limits, self._clock = limits, clock

    def collect(
        self, since: datetime | None = None, until: datetime | None = None, *, office: str | None = None
    ) -> Collected:
        """All that may be learnt from in that time; of the last DAYS days if nothing is said."""
        now = self._clock()
        end = until or now
        with self._database.read() as session:
            start = since or end - timedelta(days=DAYS)
            return self._collector.collect(session, start, end, now=now, office=office)

    def counts(self, since: datetime | None, until: datetime | None, *, office: str | None) -> LabelsOut:
        """How many labels there are, and what gave none; exclusions are told to whoever sees all offices."""
        collected = self.collect(since, until, office=office)
        return _counted(collected, self.exclusions() if office is None else ())

    def left(self, since: datetime | None, until: datetime | None, *, office: str | None) -> LeftPage:
        """Each decision and answer without a label, and why."""
        items = [
            LeftOut(source=one.source, reason=one.reason) for one in self.collect(since, until, office=office).left
        ]
        return LeftPage(items=items[:SHOWN], more=max(0, len(items) - SHOWN))

    def export(
        self,
        folder: Path,
        collected: Collected,
        *,
        by: str,
        action: str = "exported",
        moved: Moved = lambda done, total: None,
    ) -> None:
        """Write what was collected, and enter in the audit who took it along, or what for.

        Raises LabelFolderTaken, DamagedPicture.
        """
        self._collector.write_to(folder, collected, moved)
        detail = {"since": collected.since.isoformat(), "until": collected.until.isoformat()}
        self.told(collected, by=by, action=action, detail=detail)

    def told(self, collected: Collected, *, by: str, action: str, detail: dict[str, str]) -> None:
        """Enter in the audit that labels were taken for something, and which officers were found to differ."""
        count = sum(not label.ignore for image in collected.images for label in image.labels)
        with self._database.write() as session:
            for one in collected.suspects:
                repository.note(session, by, "differs_from_others", one.officer, asdict(one))
                log.warning("labels_differ_from_others", mark=one.mark_id, question=one.question, chance=one.chance)
            done = detail | {"images": len(collected.images), "labels": count, "left": collected.reasons}
            repository.note(session, by, action, "labels", done)

    def exclusions(self) -> Sequence[ExclusionOut]:
        """Those that hold."""
        with self._database.read() as session:
            return [_exclusion(row) for row in repository.excluded(session)]

    def exclude(self, wanted: ExclusionIn, *, by: str) -> ExclusionOut:
        """Learn nothing from somebody, or from one decision. Raises AlreadyExcluded with the one that holds."""
        with self._database.write() as session:
            known = repository.exclusion_of(session, wanted.kind, wanted.subject)
            if known is not None:
                current = _exclusion(known).model_dump(mode="json")
                raise AlreadyExcluded(f"{wanted.kind} {wanted.subject!r}", current=current)
            row = repository.exclude(session, wanted.kind, wanted.subject, wanted.reason, by, self._clock())
            detail = wanted.model_dump(mode="json", include={"kind", "subject", "reason"})
            repository.note(session, by, "excluded", row.id, detail)
            return _exclusion(row)

    def lift(self, exclusion_id: str, reason: str, *, by: str) -> None:
        """Learn from it again. Raises UnknownExclusion."""
        with self._database.write() as session:
            if not repository.lift(session, exclusion_id, by, self._clock()):
                raise UnknownExclusion(f"{exclusion_id!r} is not excluded", field="exclusion_id")
            repository.note(session, by, "included", exclusion_id, {"reason": reason})

    def lift_subject(self, wanted: ExclusionIn, *, by: str) -> None:
        """The same, by what is excluded. Raises UnknownExclusion."""
        with self._database.read() as session:
            row = repository.exclusion_of(session, wanted.kind, wanted.subject)
        if row is None:
            raise UnknownExclusion(f"{wanted.kind} {wanted.subject!r}", field="subject")
        self.lift(row.id, wanted.reason, by=by)

    def confirm(self, alert_id: str, word: HolderWordIn, *, by: str, within: str | None) -> HolderWordOut:
        """Enter what the right holder answered. Raises UnknownAlert, WordGiven with the answer that is there."""
        try:
            return self._enter(alert_id, word, by, within)
        except IntegrityError:  # somebody else entered one at the same moment
            return self._enter(alert_id, word, by, within)

    def _enter(self, alert_id: str, word: HolderWordIn, by: str, within: str | None) -> HolderWordOut:
        with self._database.write() as session:
            row = found(alerts.find(session, alert_id, within=within), alert_id)
            known = repository.word(session, alert_id)
            if known is not None:
                raise WordGiven(f"alert {alert_id}", current=_word(known).model_dump(mode="json"))
            entered = HolderWordRow(
                alert_id=alert_id, answer=word.answer, reference=word.reference, entered_by=by, at=self._clock()
            )
            session.add(entered)
            session.flush()
            repository.note_word(session, row, by, {"answer": word.answer, "reference": word.reference})
            return _word(entered)

    def import_set(self, source: Pictures, about: LabelSetIn, *, by: str) -> LabelSetOut:
        """Keep a set of labels from elsewhere; all of it is checked before. Raises BadLabelSet."""
        images = records_in(source)
        marks = {label.mark_id for image in images for label in image.labels if label.mark_id is not None}
        with self._database.read() as session:
            check_marks(images, repository.holders_of(session, marks))
        self._collector.files.check_room()
        sidecars: dict[str, str] = {}
        for image, one in zip(images, pictures_in(source, images, self._limits), strict=True):
            self._collector.files.put(one.data)
            sidecars |= {} if one.sidecar is None else {image.sha256: one.sidecar}
        licensed = [one if one.licence else one.model_copy(update={"licence": about.licence}) for one in images]
        row = LabelSetRow(
            id=new_id("set"),
            name=about.name,
            sha256=self._collector.files.put(written(licensed, sidecars)),
            licence=about.licence,
            images=len(images),
            labels=sum(len(image.labels) for image in images),
            imported_by=by,
            at=self._clock(),
        )
        with self._database.write() as session:
            session.add(row)
            detail = {"name": row.name, "sha256": row.sha256, "images": row.images, "labels": row.labels}
            repository.note(session, by, "imported", row.id, detail)
        return _set(row)

    def sets(self) -> Sequence[LabelSetOut]:
        """The imported sets, the oldest first."""
        with self._database.read() as session:
            return [_set(row) for row in repository.sets(session)]


def _counted(collected: Collected, exclusions: Sequence[ExclusionOut]) -> LabelsOut:
    labels = [label for image in collected.images for label in image.labels if not label.ignore]
    offices = [dict(label.provenance).get("office") for label in labels]
    return LabelsOut(
        since=collected.since,
        until=collected.until,
        images=len(collected.images),
        labels=len(labels),
        by_strength=_times(label.strength for label in labels),
        by_category=_times(label.category for label in labels),
        by_mark=_times(label.mark_id for label in labels if label.mark_id is not None),
        by_office=_times(office for office in offices if office is not None),
        left=collected.reasons,
        suspects=[SuspectOut.model_validate(asdict(one)) for one in collected.suspects],
        exclusions=list(exclusions),
    )


def _times(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _exclusion(row: LabelExclusionRow) -> ExclusionOut:
    fields = {name: getattr(row, name) for name in ExclusionOut.model_fields}
    return ExclusionOut.model_validate(fields)


def _word(row: HolderWordRow) -> HolderWordOut:
    return HolderWordOut.model_validate({name: getattr(row, name) for name in HolderWordOut.model_fields})


def _set(row: LabelSetRow) -> LabelSetOut:
    return LabelSetOut.model_validate({name: getattr(row, name) for name in LabelSetOut.model_fields})
