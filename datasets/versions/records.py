"""What a manifest says: each picture down to its sha256, its split, and how the version came about.

Its id is the sha256 of its canonical JSON, so that a manifest that somebody changed has another id, and whoever wrote
the id down notices.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from datasets.labels.records import Label, LabelledImage, Modality
from datasets.versions.errors import BadVersion, listed

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
FORMAT = 1  # of manifest.json
DEEPEST = 5  # folders in a picture's name
_NAMED = ("set", "import")  # sources that are named in full; of others only the kind is


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One picture of a version."""

    image: LabelledImage  # its labels among them
    size: int  # bytes of the picture's file
    group: str  # what has the same group is in the same split
    split: Split
    made_from: str = ""  # sha256 of the picture before names and addresses were blurred; empty: as it came
    sidecar: str = ""  # sha256 of what the scanner said of it, in a file beside it; empty: there is none

    @property
    def file(self) -> str:
        """The picture's file, relative to `pictures/`."""
        return self.image.file_name

    @property
    def sidecar_file(self) -> str:
        """The file of what the scanner said, relative to `pictures/`."""
        return sidecar_name(self.file)

    @property
    def sha256(self) -> str:
        """Of the picture's file."""
        return self.image.sha256

    @property
    def modality(self) -> Modality:
        """By what the picture was taken: light, or X-rays."""
        return self.image.modality

    @property
    def labels(self) -> tuple[Label, ...]:
        """What was said of the picture."""
        return self.image.labels


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """What was left out of a version, and why."""

    what: str  # e.g. image …, officer …
    reason: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A version of a set. Raises BadVersion if it contradicts itself."""

    parent: str | None  # id of the version that this one follows
    created_at: str  # ISO 8601, UTC
    seed: int  # of the splits
    shares: tuple[tuple[Split, float], ...]  # of the groups, wished for
    images: tuple[Entry, ...]  # by image_id
    sampling: tuple[str, ...] = ()  # rules by which pictures were chosen
    caps: tuple[str, ...] = ()  # limits by officer, office and mark that were applied
    exclusions: tuple[Exclusion, ...] = ()
    divided: tuple[str, ...] = ()  # consignors too large for one split: theirs was split by parcel
    remarks: tuple[str, ...] = ()
    blurred: bool = False  # names and addresses were made unreadable
    commit: str = ""  # of the code that made it
    tools: tuple[tuple[str, str], ...] = ()  # name, version

    def __post_init__(self) -> None:
        problems = [*_bad_names(entry.file for entry in self.images), *_repeats(self.images), *_torn(self.images)]
        if problems:
            raise BadVersion(listed(problems), field="images")

    @cached_property
    def id(self) -> str:
        """The sha256 of the canonical JSON."""
        return hashlib.sha256(canonical(self)).hexdigest()

    @property
    def licences(self) -> tuple[tuple[str, int], ...]:
        """How many pictures came under each licence, by its name."""
        return tuple(sorted(Counter(entry.image.licence for entry in self.images).items()))

    @property
    def sources(self) -> tuple[tuple[str, int], ...]:
        """How many labels came from each source; sets have names, decisions and tasks are counted together."""
        said = (label.source for entry in self.images for label in entry.labels)
        return tuple(sorted(Counter(source_of(source) for source in said).items()))

    def of(self, split: Split) -> tuple[Entry, ...]:
        """The pictures of one split."""
        return tuple(entry for entry in self.images if entry.split == split)


def source_of(source: str) -> str:
    """The source in a few words: `decision:decision_0193…` is `decision`, `set:teakandra` stays whole."""
    kind = source.partition(":")[0]
    return source if kind in _NAMED else kind


def sidecar_name(file: str) -> str:
    """Where what a scanner says lies: beside `a.tif` in `a.xray.json`."""
    return str(PurePosixPath(file).with_suffix(".xray.json"))


def canonical(manifest: Manifest) -> bytes:
    """The manifest as JSON: the same manifest always gives the same bytes. Raises BadVersion if it has none."""
    document = asdict(manifest) | {"format": FORMAT, "licences": manifest.licences, "sources": manifest.sources}
    for entry in document["images"]:
        for label in entry["image"]["labels"]:
            label["box"] = [float(edge) for edge in label["box"]]  # 1 and 1.0 are one number
    document["shares"] = [(split, float(share)) for split, share in manifest.shares]
    return _bytes(document)


def parsed(data: bytes, name: str) -> Manifest:
    """The manifest in canonical JSON with its id. Raises BadVersion, naming what is wrong, if it is anything else."""
    document = _document(data, name)
    said, form = document.pop("id", None), document.pop("format", None)
    if form != FORMAT:
        raise BadVersion(f"{name} has format {form!r}, expected {FORMAT}", field="format", limit=str(FORMAT))
    counted = {key: document.pop(key, None) for key in ("licences", "sources")}
    try:
        manifest = _MANIFEST.validate_json(_bytes(document), strict=True)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, e['loc'])) or name}: {e['msg']}" for e in error.errors(include_url=False)]
        raise BadVersion(f"{name}: {listed(found)}", field="manifest") from error
    if said != manifest.id:
        raise BadVersion(f"{name} was changed: it says its id is {said!r}, but it is {manifest.id}", field="id")
    if data != written(manifest):  # e.g. keys that nobody knows: they were not hashed
        named = ", ".join(key for key, value in counted.items() if value != _plain(getattr(manifest, key)))
        raise BadVersion(f"{name} was changed: its {named or 'text'} is not what this version's is", field="manifest")
    return manifest


def written(manifest: Manifest) -> bytes:
    """The manifest's file: canonical JSON with the id in it."""
    return _bytes(json.loads(canonical(manifest)) | {"id": manifest.id})


def safe_name(name: str) -> bool:
    """Whether a picture's name stays in its folder, on any system."""
    parts = PurePosixPath(name).parts
    plain = all(c.isprintable() and c not in '\\:*?"<>|' for c in name)
    inside = not name.startswith("/") and not {"..", "."} & set(name.split("/")) and "" not in name.split("/")
    return plain and inside and 0 < len(parts) <= DEEPEST and len(name.encode("utf-8", "replace")) <= 250


_MANIFEST = TypeAdapter(Manifest)


def _document(data: bytes, name: str) -> dict[str, Any]:
    try:
        document = json.loads(data.decode("utf-8"))
    except RecursionError as error:
        raise BadVersion(f"{name} is nested too deeply", field="manifest") from error
    except ValueError as error:  # not JSON, or not UTF-8
        raise BadVersion(f"{name} is not JSON: {error}", field="manifest") from error
    if not isinstance(document, dict):
        raise BadVersion(f"{name} holds a {type(document).__name__}, expected an object", field="manifest")
    return document


def _bytes(document: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        return (text + "\n").encode("utf-8")
    except ValueError as error:  # a number that is none, or half of a surrogate pair
        raise BadVersion(f"the manifest cannot be written as JSON: {error}", field="manifest") from error


def _plain(value: object) -> Any:
    return json.loads(json.dumps(value))


def _bad_names(names: Iterable[str]) -> Iterable[str]:
    seen: dict[str, str] = {}
    for name in names:
        if not safe_name(name):
            yield f"{name!r} is no usable name of a picture: it must be relative, and stay in its folder"
        if name.casefold() in seen:
            yield f"{seen[name.casefold()]!r} and {name!r} are one file, on some systems at least"
        seen[name.casefold()] = name


def _repeats(entries: Iterable[Entry]) -> Iterable[str]:
    ids = [entry.image.image_id for entry in entries]
    yield from (f"image {own!r} is there {count} times" for own, count in Counter(ids).items() if count > 1)
    if ids != sorted(ids):
        yield "the images are not in the order of their ids"


def _torn(entries: Iterable[Entry]) -> Iterable[str]:
    """Yield the groups that are in two splits: what was learnt would be tested."""
    splits: dict[str, Split] = {}
    for entry in entries:
        if splits.setdefault(entry.group, entry.split) != entry.split:
            yield f"group {entry.group!r} is in {splits[entry.group]} and in {entry.split}"


def check_shares(shares: dict[Split, float]) -> dict[Split, float]:
    """Return shares that are usable: of known splits, none negative, together 1. Raises BadVersion otherwise."""
    together = sum(shares.values())
    usable = all(math.isfinite(share) and share >= 0 for share in shares.values())
    if not usable or set(shares) - set(SPLITS) or abs(together - 1) > 1e-9 or shares.get("train", 0) <= 0:
        limit = "train > 0; train, validation and test together 1"
        raise BadVersion(f"shares are {shares}", field="shares", limit=limit)
    return shares
