"""A version of a set as a folder that is never changed: written whole or not at all, read strictly, verified.

It holds `manifest.json`, `labels.jsonl` (the same labels, as training reads them), `pictures/` and `card.md`.

    from datasets.versions.manifest import read, verify
    problems = verify(folder)  # a line for each file that is missing, changed or nobody's
    learnt = read(folder).of("train")
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from datasets.labels.lines import write_lines
from datasets.versions.card import card
from datasets.versions.errors import BadVersion, VersionExists
from datasets.versions.records import SPLITS, Entry, Exclusion, Manifest, Split, parsed, written

__all__ = ["SPLITS", "Entry", "Exclusion", "Manifest", "Split", "read", "verify", "write"]

MANIFEST, LABELS, PICTURES, CARD = "manifest.json", "labels.jsonl", "pictures", "card.md"
MAX_BYTES = 512 * 2**20  # of a manifest or of labels
_BLOCK = 2**20  # bytes hashed at a time


def write(manifest: Manifest, folder: Path, pictures: Path) -> None:
    """Write a version to a new folder, its pictures copied from another one.

    Raises VersionExists if the folder is there, BadVersion if a picture is not the one that the manifest names. What
    a broken-off run leaves is a hidden folder beside it.
    """
    if folder.exists() or folder.is_symlink():
        raise VersionExists(f"{folder} is there already; a version is written to a new folder", field="folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for entry in manifest.images:
            for piece in _pieces(entry):
                _copy(pictures / piece.name, draft / PICTURES / piece.name, piece)
        _save(draft / LABELS, write_lines([entry.image for entry in manifest.images]))
        _save(draft / CARD, card(manifest).encode("utf-8"))
        _save(draft / MANIFEST, written(manifest))
        draft.chmod(0o755)  # temporary folders are for their owner only
        _rename(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def read(folder: Path) -> Manifest:
    """The manifest of a version; its pictures are not looked at. Raises BadVersion naming what is wrong with it."""
    return parsed(_bytes_of(folder / MANIFEST), str(folder / MANIFEST))


def verify(folder: Path, *, expected: str | None = None) -> list[str]:
    """What is wrong with a version, a line each: missing, changed and foreign files. Empty: all is as it was made.

    `expected` is the id that was written down elsewhere: only by it a manifest is noticed that was replaced by another
    sound one.
    """
    try:
        manifest = read(folder)
    except BadVersion as error:
        return [error.detail]
    problems = []
    if expected is not None and manifest.id != expected:
        problems.append(f"{folder / MANIFEST} is of the version {manifest.id}, expected {expected}")
    for entry in manifest.images:
        for piece in _pieces(entry):
            problems += _piece_problems(folder / PICTURES / piece.name, f"{PICTURES}/{piece.name}", piece)
    return [*problems, *_label_problems(folder / LABELS, manifest), *_foreign(folder, manifest)]


class _Piece(NamedTuple):
    """A file of an entry."""

    name: str
    sha256: str
    size: int | None  # bytes; None: it was not written down


def _pieces(entry: Entry) -> list[_Piece]:
    pieces = [_Piece(entry.file, entry.sha256, entry.size)]
    return [*pieces, _Piece(entry.sidecar_file, entry.sidecar, None)] if entry.sidecar else pieces


def _piece_problems(path: Path, name: str, piece: _Piece) -> Iterator[str]:
    if path.is_symlink() or not path.is_file():
        yield f"{name} is missing" if not path.is_symlink() else f"{name} is a link"
        return
    size = path.stat().st_size
    if piece.size is not None and size != piece.size:
        yield f"{name} was changed: it has {size:,} bytes, expected {piece.size:,}"
    elif (actual := _sha256(path)) != piece.sha256:
        yield f"{name} was changed: its sha256 is {actual}, expected {piece.sha256}"


def _label_problems(path: Path, manifest: Manifest) -> Iterator[str]:
    try:
        data = _bytes_of(path)
    except BadVersion as error:
        yield error.detail
        return
    if data != write_lines([entry.image for entry in manifest.images]):
        yield f"{LABELS} was changed: its labels are not the manifest's"


def _foreign(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Yield the files that no version has; in the order of their names."""
    pieces = (piece.name for entry in manifest.images for piece in _pieces(entry))
    own = {MANIFEST, LABELS, CARD, *(f"{PICTURES}/{name}" for name in pieces)}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in own and (path.is_symlink() or not path.is_dir()):
            yield f"{name} does not belong to the version"


def _copy(source: Path, target: Path, piece: _Piece) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    except OSError as error:
        raise BadVersion(f"{piece.name} cannot be copied: {error.strerror}", field=piece.name) from error
    for problem in _piece_problems(target, piece.name, piece):  # as it was copied: it may change while it is read
        raise BadVersion(problem, field=piece.name)


def _rename(draft: Path, folder: Path) -> None:
    try:
        draft.rename(folder)
    except OSError as error:  # somebody was quicker
        if folder.exists():
            raise VersionExists(f"{folder} was written meanwhile", field="folder") from error
        raise BadVersion(f"{folder} cannot be written: {error.strerror}", field="folder") from error


def _save(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadVersion(f"{path} has {path.stat().st_size:,} bytes", field=path.name, limit=f"{MAX_BYTES:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise BadVersion(f"{path} cannot be read: {error.strerror}", field=path.name) from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
