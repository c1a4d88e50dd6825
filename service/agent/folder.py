"""The hot folder: which files are whole, and which belong together.

It is looked at again and again instead of waiting to be told: network folders tell nobody. A file is whole when it has
not changed for a while; names of files that are being written (`.part` and the like) do not count until renamed.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from service.agent.errors import BadSidecar, NotYet, UnusableFile
from service.agent.items import Lane, NewItem, Picture
from service.agent.naming import Named, Patterns
from service.agent.reading import read_whole
from service.agent.sidecars import LARGEST, Sidecar

IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".dcm")
SIDECAR = ".json"
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~")
PATIENCE = 60.0  # seconds for which a sidecar waits for images that it names, and an image for a sidecar it needs


@dataclass(frozen=True, kw_only=True)
class FolderRules:
    """How files in the folder are to be understood."""

    patterns: Patterns = field(default_factory=Patterns)
    settle: float = 1.0  # seconds for which a file must not change; 0: names appear when files are whole
    views: int = 1  # images of one parcel
    group_wait: float = 3.0  # seconds after which a parcel with fewer images goes all the same
    sidecar_needed: bool = False
    lane: Lane = "live"
    answer_within: float | None = None  # seconds
    max_bytes: int = 32 * 2**20  # of one file


@dataclass(frozen=True, kw_only=True)
class Bad:
    """Files that can never be sent, and why."""

    files: tuple[str, ...]
    error: UnusableFile


@dataclass(kw_only=True)
class _Seen:
    size: int
    changed: int
    since: float  # when it was first seen like this
    looks: int = 1

    def is_like(self, status: os.stat_result) -> bool:
        """Whether the file is as it was."""
        return (self.size, self.changed) == (status.st_size, status.st_mtime_ns)


class HotFolder:
    """Looks at one folder."""

    def __init__(self, folder: Path, rules: FolderRules) -> None:
        self.folder, self._rules = folder, rules
        self._seen: dict[str, _Seen] = {}
        self.worries: list[str] = []  # of the last look

    def look(self, now: float) -> Iterator[NewItem | Bad]:
        """What is complete by now, and what never can be. Files stay where they are. `now` is monotonic.

        Raises OSError if the folder cannot be read.
        """
        self.worries = []
        whole = self._whole(now)
        sidecars = [name for name in whole if Path(name).suffix.lower() == SIDECAR]
        images = {name: seen for name, seen in whole.items() if Path(name).suffix.lower() in IMAGES}
        claimed: set[str] = set()
        for name in sidecars:
            yield from self._by_sidecar(name, whole, images, claimed, now)
        rest = {name: seen for name, seen in images.items() if name not in claimed and not self._awaits_sidecar(name)}
        if self._rules.sidecar_needed:
            yield from self._without_sidecar(rest, now)
        else:
            yield from self._by_names(rest, now)

    def is_as_seen(self, name: str) -> bool:
        """Whether a file is still the one that the last look saw."""
        known = self._seen.get(name)
        try:
            status = os.stat(self.folder / name, follow_symlinks=False)
        except OSError:
            return False
        return known is not None and known.is_like(status)

    def _whole(self, now: float) -> dict[str, _Seen]:
        """Files that stand still, oldest first."""
        present: dict[str, _Seen] = {}
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if _is_candidate(entry):
                    self._note(entry, present, now)
        self._seen = present
        still = {
            name: seen
            for name, seen in present.items()
            if self._rules.settle == 0 or (seen.looks >= 2 and now - seen.since >= self._rules.settle)
        }
        return dict(sorted(still.items(), key=lambda item: (item[1].changed, item[0])))

    def _note(self, entry: "os.DirEntry[str]", present: dict[str, _Seen], now: float) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:  # gone meanwhile
            return
        known = self._seen.get(entry.name)
        if known is not None and known.is_like(status):
            known.looks += 1
            present[entry.name] = known
        else:
            present[entry.name] = _Seen(size=status.st_size, changed=status.st_mtime_ns, since=now)

    def _by_sidecar(
        self, name: str, whole: Mapping[str, _Seen], images: Mapping[str, _Seen], claimed: set[str], now: float
    ) -> Iterator[NewItem | Bad]:
        stem = Path(name).stem
        try:
            sidecar = Sidecar(read_whole(self.folder / name, LARGEST))
            views = sidecar.views or tuple(image for image in images if Path(image).stem == stem)
            missing = [view for view in views if view not in images]
            if missing or not views:
                claimed.update(views)
                if now - whole[name].since > PATIENCE:
                    wanted = missing[0] if missing else f"an image named {stem}"
                    raise BadSidecar(f"{name}: {wanted} did not come within {PATIENCE:g} s")
                return
            claimed.update(views)
            pictures = self._pictures(views)
        except NotYet as error:
            self.worries.append(error.detail)
        except UnusableFile as error:
            mine = tuple(image for image in images if Path(image).stem == stem)
            claimed.update(mine)
            yield Bad(files=(name, *mine), error=error)
        else:
            within = self._rules.answer_within if sidecar.answer_within is None else sidecar.answer_within
            yield NewItem(
                parcel=sidecar.parcel,
                lane=sidecar.lane or self._rules.lane,
                pictures=pictures,
                metadata=sidecar.metadata,
                files=(*views, name),
                answer_within=within,
            )

    def _awaits_sidecar(self, image: str) -> bool:
        """Whether a sidecar for it is there, but not whole yet."""
        return f"{Path(image).stem}{SIDECAR}" in self._seen

    def _without_sidecar(self, images: Mapping[str, _Seen], now: float) -> Iterator[Bad]:
        for name, seen in images.items():
            if now - seen.since > PATIENCE:
                yield Bad(files=(name,), error=BadSidecar(f"none came for {name} within {PATIENCE:g} s"))

    def _by_names(self, images: Mapping[str, _Seen], now: float) -> Iterator[NewItem | Bad]:
        parcels: defaultdict[str, dict[str, Named]] = defaultdict(dict)
        for name in images:
            try:
                named = self._rules.patterns.read(Path(name).stem)
            except UnusableFile as error:
                yield Bad(files=(name,), error=error)
            else:
                parcels[named.parcel][name] = named
        for parcel, files in parcels.items():
            for part in self._complete(files, images, now):
                yield from self._parcel(parcel, part)

    def _complete(
        self, files: Mapping[str, Named], images: Mapping[str, _Seen], now: float
    ) -> Iterator[Mapping[str, Named]]:
        """The images of one parcel in scans of `views` images; a rest only once no more came for a while."""
        names, most = list(files), self._rules.views
        for start in range(0, len(names), most):
            part = names[start : start + most]
            newest = max(images[name].since for name in part)
            if len(part) == most or now - newest >= self._rules.group_wait:
                yield {name: files[name] for name in part}

    def _parcel(self, parcel: str, files: Mapping[str, Named]) -> Iterator[NewItem | Bad]:
        try:
            pictures = self._pictures(tuple(files))
        except NotYet as error:
            self.worries.append(error.detail)
        except UnusableFile as error:
            yield Bad(files=tuple(files), error=error)
        else:
            yield NewItem(
                parcel=parcel,
                lane=self._rules.lane,
                pictures=pictures,
                metadata=_metadata(tuple(files.values())),
                files=tuple(files),
                answer_within=self._rules.answer_within,
            )

    def _pictures(self, names: Sequence[str]) -> tuple[Picture, ...]:
        return tuple(Picture(name=name, data=read_whole(self.folder / name, self._rules.max_bytes)) for name in names)


def _is_candidate(entry: "os.DirEntry[str]") -> bool:
    """An image or sidecar that is a file: folders, links and devices are nobody's image."""
    name = entry.name.lower()
    if name.startswith(".") or name.endswith(UNFINISHED) or not name.endswith((*IMAGES, SIDECAR)):
        return False
    try:
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return False


def _metadata(named: Sequence[Named]) -> dict[str, object]:
    """What the names say, as the service wants it."""
    metadata: dict[str, object] = {}
    images = [{"image_id": one.image_id, "view": one.view} for one in named]
    if any(value is not None for image in images for value in image.values()):
        metadata["images"] = [{name: value for name, value in one.items() if value is not None} for one in images]
    captured = next((one.captured_at for one in named if one.captured_at is not None), None)
    return metadata if captured is None else metadata | {"captured_at": captured}
