"""What models may learn from: decisions, answers and imported sets, each with its strength, bounded by the caps."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from service.labels import repository
from service.labels.answering import said
from service.labels.assembling import Assembler
from service.labels.capping import cap
from service.labels.consensus import agree
from service.labels.deriving import derive
from service.labels.errors import DamagedPicture, LabelFolderTaken
from service.labels.flipping import Suspect
from service.labels.pseudonyms import Pseudonyms
from service.labels.records import ImageRecord
from service.labels.rules import LabelRules
from service.labels.statements import Left, Statement
from service.labels.storing import records_of
from service.storage import FileStore

Moved = Callable[[int, int], None]
RECORDS, PICTURES, STORY = "labels.jsonl", "pictures", "collected.json"
BLOCK = 2**20  # bytes


@dataclass(frozen=True, kw_only=True)
class Collected:
    """Records by image; what gave none, and why; whose words on a mark were left out because they differ."""

    since: datetime
    until: datetime
    images: tuple[ImageRecord, ...]
    left: tuple[Left, ...]
    suspects: tuple[Suspect, ...]
    sidecars: Mapping[str, str] = field(default_factory=dict)  # sha256 -> what was said of an X-ray scan

    @property
    def reasons(self) -> dict[str, int]:
        """Why decisions and answers gave no label, and how many each."""
        return dict(sorted(Counter(one.reason for one in self.left).items()))


@dataclass(frozen=True, kw_only=True)
class Collector:
    """Collects labels and writes them with their pictures."""

    files: FileStore
    rules: LabelRules
    pseudonyms: Pseudonyms

    def collect(
        self, session: Session, since: datetime, until: datetime, *, now: datetime, office: str | None = None
    ) -> Collected:
        """What was said from `since` until before `until`, as it stands at `now`; of one office, or of all.

        Imported sets are of no office: they come with all of them only.
        """
        found, left, sidecars = self._statements(session, since, until, now, office)
        agreed = agree(found, self.rules.overlap)
        capped = cap(agreed.statements, self.rules)
        sets = {} if office is not None else self._sets(session, until, sidecars)
        assembled = Assembler(self.rules, self.pseudonyms).assemble(capped.statements, sets)
        all_left = (*left, *agreed.left, *capped.left, *assembled.left)
        return Collected(
            since=since,
            until=until,
            images=assembled.images,
            left=tuple(sorted(all_left, key=lambda one: (one.source, one.reason))),
            suspects=capped.suspects,
            sidecars=sidecars,
        )

    def write_to(self, folder: Path, collected: Collected, moved: Moved = lambda done, total: None) -> None:
        """Write `labels.jsonl`, `collected.json` and `pictures/` into a folder that is new or empty.

        What was said of an X-ray scan lies beside it, `….xray.json`. Raises LabelFolderTaken, DamagedPicture.
        """
        _empty(folder)
        pictures = folder / PICTURES
        pictures.mkdir(parents=True)
        total = len(collected.images)
        with (folder / RECORDS).open("wb") as lines:
            for number, image in enumerate(collected.images, 1):
                _copied(self.files.path(image.sha256), pictures / image.file_name, image.sha256)
                if image.sha256 in collected.sidecars:
                    beside = (pictures / image.file_name).with_suffix(".xray.json")
                    beside.write_text(collected.sidecars[image.sha256], encoding="utf-8")
                lines.write(image.line())
                moved(number, total)
        (folder / STORY).write_text(self.story(collected), encoding="utf-8")

    def story(self, collected: Collected) -> str:
        """How the labels were collected, for the version's manifest: JSON with sampling, caps and excluded."""
        kept = f"decided or answered from {collected.since.isoformat()} until {collected.until.isoformat()}"
        caps = [f"{name} = {value}" for name, value in self.rules.caps.model_dump().items()]
        caps += [f"flipping.{name} = {value}" for name, value in self.rules.flipping.model_dump().items()]
        excluded = [
            {"what": f"{count} decisions or answers", "reason": why} for why, count in collected.reasons.items()
        ]
        for one in collected.suspects:
            officer = self.pseudonyms.of("officer", one.officer)
            said = f"{one.question} {one.said} of {one.of}, the others {one.others_said} of {one.others_of}"
            excluded.append({"what": f"{officer} on {one.mark_id}", "reason": said})
        return json.dumps({"sampling": [kept], "caps": caps, "excluded": excluded}, ensure_ascii=False, indent=2) + "\n"

    def _statements(
        self, session: Session, since: datetime, until: datetime, now: datetime, office: str | None
    ) -> tuple[list[Statement], list[Left], dict[str, str]]:
        excluded = repository.exclusions(session)
        found: list[Statement] = []
        left: list[Left] = []
        sidecars: dict[str, str] = {}
        for matter in repository.matters(session, since, until, office):
            derived = derive(matter, self.rules, excluded, now)
            left += derived.left
            found += [] if derived.statement is None else [derived.statement]
            sidecars |= {one.sha256: one.sidecar for one in matter.pictures if one.sidecar is not None}
        tasks = [pair for pair in repository.answered(session, since, until) if office in (None, pair[0].office)]
        named = {(task.answer or {}).get("mark_id") for task, _ in tasks} - {None}
        holders = repository.holders_of(session, {mark for mark in named if isinstance(mark, str)})
        for task, scan in tasks:
            pictures = repository.pictures_of(scan)
            one = said(task, pictures, holders, self.rules, excluded)
            (found if isinstance(one, Statement) else left).append(one)  # type: ignore[arg-type]
            sidecars |= {view.sha256: view.sidecar for view in pictures if view.sidecar is not None}
        return found, left, sidecars

    def _sets(self, session: Session, until: datetime, sidecars: dict[str, str]) -> dict[str, Sequence[ImageRecord]]:
        found: dict[str, Sequence[ImageRecord]] = {}
        for row in repository.sets(session, until):
            kept = records_of(self.files.get(row.sha256))
            found[row.id] = kept.images
            sidecars |= kept.sidecars
        return found


def _empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LabelFolderTaken(f"{folder} is there and not empty", field="folder", limit="a new or empty folder")


def _copied(source: Path, target: Path, sha256: str) -> None:
    """A copy, never a link: whoever blurs or scales what was written must not change the evidence."""
    digest = hashlib.sha256()
    try:
        with source.open("rb") as file, target.open("xb") as out:
            while block := file.read(BLOCK):
                digest.update(block)
                out.write(block)
    except FileNotFoundError as error:
        raise DamagedPicture(f"the picture {sha256} is not there", field="sha256") from error
    if digest.hexdigest() != sha256:
        raise DamagedPicture(f"the picture {sha256} has other bytes now", field="sha256")
