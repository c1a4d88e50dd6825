"""The registry as a training reads it: a table of artwork with the files beside it (`inference.artwork.table`)."""

import csv
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from service.registry import repository as registry
from service.registry.repository import Picture
from service.storage import FileStore
from service.tables import MarkRow

COLUMNS = ("mark_id", "title", "holder", "file", "source", "licence", "variant", "colour", "split")
ARTWORK = "artwork"
NAME = "registry.csv"
CHUNK = 200


def write_table(session: Session, files: FileStore, folder: Path, moved: Callable[[int, int], None]) -> Path:
    """Write all marks that are matched, with the pictures that scans are compared with; returns the table's path."""
    (folder / ARTWORK).mkdir(parents=True, exist_ok=True)
    keys = session.execute(select(MarkRow.mark_id).where(MarkRow.live).order_by(MarkRow.mark_id)).scalars().all()
    table = folder / NAME
    with table.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(COLUMNS)
        for start in range(0, len(keys), CHUNK):
            for mark in _marks(session, keys[start : start + CHUNK]):
                for picture in (one for one in registry.pictures_of(mark) if one.matched):
                    name = _beside(files, folder, picture)
                    variant = "photo" if picture.kind == "photo" else "artwork"
                    known = (mark.mark_id, mark.title, mark.holder, name, "recordation", "as filed")
                    rows.writerow([*known, variant, True, "train"])
            moved(min(start + CHUNK, len(keys)), len(keys))
    return table


def _marks(session: Session, keys: Sequence[str]) -> list[MarkRow]:
    query = select(MarkRow).where(MarkRow.mark_id.in_(keys)).options(selectinload(MarkRow.pictures))
    return sorted(session.execute(query).scalars().all(), key=lambda mark: mark.mark_id)


def _beside(files: FileStore, folder: Path, picture: Picture) -> str:
    """Have a picture's file beside the table; returns its name there."""
    name = f"{ARTWORK}/{picture.sha256}{Path(picture.name).suffix.lower()[:8]}"
    target = folder / name
    if not target.exists():
        source = files.path(picture.sha256)
        try:
            os.link(source, target)
        except OSError:  # another disk
            shutil.copyfile(source, target)
    return name
