"""One export: a zip with the registry as CSV or JSON Lines, and its pictures. The same registry, the same bytes."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from service.database import Database
from service.exchange import repository
from service.exchange.documents import document_of
from service.exchange.formats.jsonlines import write_json
from service.exchange.formats.table import write_csv
from service.exchange.schemas import ExportOptions
from service.storage import FileStore

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest moment a zip can say: the time of the export does not matter
NAMES = {"json": "registry.jsonl", "csv": "registry.csv"}


class Exporter:
    """Carries exports out."""

    def __init__(self, *, database: Database, files: FileStore) -> None:
        self._database, self._files = database, files

    def run(self, options: ExportOptions, target: Path, moved: Callable[[int], None]) -> int:
        """Write the registry to `target`, which is there only once it is whole. Returns the number of recordations."""
        part = target.with_suffix(".part")
        pictures: dict[str, None] = {}
        count = 0
        with self._database.read() as session, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:

            def documents() -> Iterator[dict[str, Any]]:
                nonlocal count
                for row in repository.all_recordations(session):
                    document = document_of(row)
                    pictures.update((one["file"], None) for mark in document["marks"] for one in mark["pictures"])
                    count += 1
                    moved(count)
                    yield document

            with archive.open(_entry(NAMES[options.format]), "w", force_zip64=True) as raw:
                text = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
                (write_csv if options.format == "csv" else write_json)(documents(), text)
                text.detach()
            if options.pictures:
                for name in sorted(pictures):
                    archive.writestr(_entry(name), self._files.get(Path(name).stem))
        part.replace(target)
        return count


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    stored = zipfile.ZIP_DEFLATED if name in NAMES.values() else zipfile.ZIP_STORED  # pictures are compressed already
    entry.compress_type, entry.external_attr = stored, 0o644 << 16
    return entry
