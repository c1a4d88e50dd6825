"""Import and export jobs: entered, carried out one after another in a thread, and shown."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import structlog
from sqlalchemy.orm import Session

from inference.errors import TidewaiterError
from service.audit import repository as audit
from service.audit.repository import Act
from service.database import Database
from service.exchange import repository
from service.exchange.artwork import NoPictures, PictureFolder, Pictures, PictureZip
from service.exchange.errors import NoFileYet, UnknownJob
from service.exchange.exporting import Exporter
from service.exchange.importing import Importer, Progress
from service.exchange.reading import Source
from service.exchange.records import BadExchangeFile
from service.exchange.schemas import ExportOptions, ImportOptions, JobOut
from service.exchange.staging import Report, Stage
from service.identifiers import new_id
from service.registry.backlog import Backlog
from service.tables import ExchangeJobRow
from service.uploads import Upload

LOOK_SECONDS = 5.0  # between two looks for jobs that another process left
REGISTRIES = (".csv", ".xlsx", ".json", ".jsonl", ".xml")  # of which a zip has one, at its top
log = structlog.get_logger()


def quiet(_what: str, _done: int, _total: int | None) -> None:
    """Tell nobody."""


class ExchangeService:
    """Takes jobs and carries them out."""

    def __init__(
        self, *, database: Database, importer: Importer, exporter: Exporter, backlog: Backlog, folder: Path
    ) -> None:
        self._database, self._importer, self._exporter = database, importer, exporter
        self._backlog, self._folder = backlog, folder
        self._owner = new_id("process")
        self._due = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exchange")

    def take_import(self, options: ImportOptions, upload: Upload, pictures: Upload | None) -> JobOut:
        """Enter an import; its files are on disk when it is answered."""
        with self._database.write() as session:
            row = repository.add(session, "import", options.model_dump(mode="json") | {"name": upload.name})
            folder = self._made(row.id)
            _copy(upload, folder / "file")
            if pictures is not None:
                _copy(pictures, folder / "pictures.zip")
        self._due.set()
        return self.get(row.id, "import")

    def take_export(self, options: ExportOptions) -> JobOut:
        """Enter an export."""
        with self._database.write() as session:
            row = repository.add(session, "export", options.model_dump(mode="json"))
            act = Act(actor=options.officer, action="exported", kind="registry", subject=row.id)
            audit.append(session, act)
            self._made(row.id)
        self._due.set()
        return self.get(row.id, "export")

    def import_now(self, options: ImportOptions, path: Path, pictures: Path | None, progress: Progress) -> JobOut:
        """Import a file of this machine and return when it is done. Raises what made it fail."""
        places = {"path": str(path.resolve()), "pictures": None if pictures is None else str(pictures.resolve())}
        with self._database.write() as session:
            row = repository.add(session, "import", options.model_dump(mode="json") | {"name": path.name} | places)
        self._carry_out(row.id, progress)
        return self.get(row.id, "import")

    def export_now(self, options: ExportOptions, target: Path, moved: Callable[[int], None]) -> int:
        """Export to a file of this machine. Returns the number of recordations."""
        return self._exporter.run(options, target, moved)

    def get(self, job_id: str, kind: str) -> JobOut:
        """One job. Raises UnknownJob."""
        with self._database.read() as session:
            return self._out(self._found(session, job_id, kind))

    def report(self, job_id: str, name: Report) -> Path:
        """A report of an import, as CSV. Raises UnknownJob, NoFileYet."""
        self.get(job_id, "import")
        return _there(Stage(self._made(job_id)).report(name), job_id)

    def exported(self, job_id: str) -> Path:
        """The file of an export. Raises UnknownJob, NoFileYet."""
        self.get(job_id, "export")
        return _there(self._made(job_id) / "registry.zip", job_id)

    def start(self) -> None:
        """Carry jobs out in a thread, those of before first, until `stop`."""
        self._due.set()
        self._thread.start()

    def stop(self) -> None:
        """Wait for the job that is carried out. An import goes on at the next start from where it is."""
        self._stopped.set()
        self._due.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._due.wait(LOOK_SECONDS)
            self._due.clear()
            with self._database.read() as session:
                waiting = repository.unfinished(session)
            for job_id in waiting:
                if self._stopped.is_set():
                    return
                try:
                    self._carry_out(job_id, quiet)
                except Exception as error:  # the job says what it was; the next one is not held up
                    log.error("job_failed", job=job_id, exc_info=error)

    def _carry_out(self, job_id: str, progress: Progress) -> None:
        """Carry a job out, unless another process does. Raises what makes it fail; the job says so too."""
        with self._database.write() as session:
            if not repository.take(session, job_id, self._owner):
                return
            row = session.get_one(ExchangeJobRow, job_id)
            kind, options = row.kind, dict(row.options)
        try:
            if kind == "export":
                self._export(job_id, options)
            else:
                self._import(job_id, options, progress)
        except Exception as error:
            said = f"{error.title} {error.detail}" if isinstance(error, TidewaiterError) else "It was logged."
            with self._database.write() as session:
                repository.advance(session, job_id, "failed", message=said)
            raise
        finally:
            with self._database.write() as session:
                repository.release(session, job_id)

    def _export(self, job_id: str, options: dict[str, Any]) -> None:
        target = self._made(job_id) / "registry.zip"
        count = self._exporter.run(ExportOptions.model_validate(options), target, lambda _count: None)
        with self._database.write() as session:
            repository.advance(session, job_id, "done", counts={"exported": count})

    def _import(self, job_id: str, options: dict[str, Any], progress: Progress) -> None:
        folder = self._made(job_id)
        name, uploaded = str(options.pop("name")), folder / "pictures.zip"
        path = Path(options.pop("path", None) or folder / "file")
        given = options.pop("pictures", None) or (uploaded if uploaded.exists() else None)
        source = source_of(path, name, None if given is None else Path(given), folder)
        self._importer.run(job_id, source, ImportOptions.model_validate(options), folder, progress)

    def _made(self, job_id: str) -> Path:
        folder = self._folder / job_id
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _found(self, session: Session, job_id: str, kind: str) -> ExchangeJobRow:
        row = repository.find(session, job_id, kind)
        if row is None:
            raise UnknownJob(f"no {kind} {job_id!r} is known", field="job_id")
        return row

    def _out(self, row: ExchangeJobRow) -> JobOut:
        counts = dict(row.counts)
        if row.kind == "import" and row.state == "done" and not row.options.get("dry_run"):
            counts["embedding"] = max(0, self._backlog.waiting())
        address = f"/v1/registry/{row.kind}s/{row.id}"
        return JobOut.model_validate(
            {
                "id": row.id,
                "kind": row.kind,
                "state": row.state,
                "dry_run": bool(row.options.get("dry_run")),
                "counts": counts,
                "applied": row.applied,
                "message": row.message,
                "rejected": f"{address}/rejected" if counts.get("rejected") else None,
                "changes": f"{address}/changes" if counts.get("added") or counts.get("changed") else None,
                "duplicates": f"{address}/duplicates" if counts.get("duplicates") else None,
                "file": f"{address}/file" if row.kind == "export" and row.state == "done" else None,
                "created_at": row.created_at,
                "finished_at": row.finished_at,
            }
        )


def source_of(path: Path, name: str, pictures: Path | None, folder: Path) -> Source:
    """What is imported: a file with pictures in a folder or zip, or a zip of both. Raises BadExchangeFile."""
    archive = _archive(path)
    if archive is None:
        return Source(path=path, name=name, pictures=_pictures(pictures, path, name))
    inside = [one for one in archive.names() if "/" not in one and PurePosixPath(one).suffix.lower() in REGISTRIES]
    if len(inside) != 1:
        listed = ", ".join(inside) or "none"
        raise BadExchangeFile(f"{name} has {len(inside)} registries at its top: {listed}", field="file", limit="one")
    unpacked = folder / "registry"
    archive.unpack(inside[0], unpacked)
    return Source(path=unpacked, name=inside[0], pictures=archive)


def _archive(path: Path) -> PictureZip | None:
    """The zip that `path` is, unless that is a workbook (which is a zip too)."""
    with path.open("rb") as file:
        if not file.read(4).startswith(b"PK"):
            return None
    archive = PictureZip(path)
    if "[Content_Types].xml" in archive.names():
        archive.close()
        return None
    return archive


def _pictures(given: Path | None, path: Path, name: str) -> Pictures:
    if given is None:
        return PictureFolder(path.parent) if path.name == name else NoPictures()  # not beside an uploaded file
    return PictureFolder(given) if given.is_dir() else PictureZip(given)


def _copy(upload: Upload, target: Path) -> None:
    upload.file.seek(0)
    with target.open("wb") as file:
        shutil.copyfileobj(upload.file, file, 2**20)


def _there(path: Path, job_id: str) -> Path:
    if not path.exists():
        raise NoFileYet(f"{job_id} has not written it yet", field="job_id")
    return path
