"""`tidewaiter doctor`: what of this machine and installation is in order."""

import hashlib
import os
import platform
import shutil
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.markup import escape
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from service.cli.screen import out
from service.database import Database
from service.guard import ENOUGH_FILES, open_files_allowed
from service.health.service import check_database
from service.settings import Settings, load_settings

OLDEST_PYTHON = (3, 11)
PACKAGES = ("numpy", "opencv-python-headless", "onnxruntime", "simplejpeg", "resvg-py", "fastapi", "sqlalchemy")
CPU_FLAGS = {"avx2": "avx2", "avx512_vnni": "avx512_vnni", "amx_int8": "amx"}
CPU_INFO = Path("/proc/cpuinfo")
Check = tuple[bool, str, str]  # in order?, what, how it is


def doctor() -> None:
    """Check Python, packages, models, processor, database, disk and open files."""
    settings = load_settings()
    console = out()
    worries = 0
    for fine, what, how in checks(settings):
        worries += not fine
        mark = "[green]ok  [/green]" if fine else "[yellow]warn[/yellow]"
        console.print(f"{mark} {what:<12} {escape(how)}")
    console.print("All is in order." if not worries else f"{worries} to look at.")


def checks(settings: Settings) -> Iterator[Check]:
    """All checks, in the order they are shown."""
    yield sys.version_info >= OLDEST_PYTHON, "python", f"{platform.python_version()} at {sys.executable}"
    yield from map(_package, PACKAGES)
    yield from _models(settings.models_dir)
    yield from _processor()
    yield _database(settings)
    yield _disk(settings)
    yield _files()


def _package(name: str) -> Check:
    try:
        return True, "package", f"{name} {version(name)}"
    except PackageNotFoundError:
        return False, "package", f"{name} is missing"


def _models(folder: Path) -> Iterator[Check]:
    try:
        deployed = tomllib.loads((folder / "current.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        yield False, "models", f"{folder / 'current.toml'}: {error}"
        return
    for role, entry in deployed.items():
        yield _model(folder, role, entry)


def _model(folder: Path, role: str, entry: object) -> Check:
    if not isinstance(entry, dict) or not {"name", "sha256"} <= entry.keys():
        return False, "model", f"{role}: current.toml has no name and sha256 for it"
    path = folder / str(entry["name"]) / "model.onnx"
    if not path.is_file():
        return False, "model", f"{role}: {path} is missing"
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    size = f"{path.stat().st_size / 2**20:.1f} MiB"
    if actual != entry["sha256"]:
        return False, "model", f"{role}: sha256 {actual}, expected {entry['sha256']}"
    return True, "model", f"{role}: {entry['name']}, {size}, sha256 {actual[:12]}… as expected"


def _processor() -> Iterator[Check]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield cores >= 2, "cores", f"{cores} ({platform.machine()})"
    text = CPU_INFO.read_text(encoding="utf-8") if CPU_INFO.exists() else ""
    present = set(text.split())
    for flag, name in CPU_FLAGS.items():
        yield flag in present, "cpu flag", f"{name} {'present' if flag in present else 'absent: inspection is slower'}"


def _database(settings: Settings) -> Check:
    shown = make_url(settings.url).render_as_string(hide_password=True)
    file = make_url(settings.url).database
    if shown.startswith("sqlite") and file and not Path(file).exists():
        return True, "database", f"{shown} will be made by the first start"
    database = Database(settings.url)
    try:
        database.migrate()
        state = check_database(database)
    except SQLAlchemyError as error:
        state = f"cannot be opened ({type(error).__name__})"
    finally:
        database.close()
    return state == "ok", "database", f"{shown} {'is writable' if state == 'ok' else state}"


def _disk(settings: Settings) -> Check:
    folder = settings.var_dir.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    text = f"{free / 2**30:.1f} GiB free at {folder}, {settings.min_free_bytes / 2**30:.1f} GiB wanted"
    return free >= settings.min_free_bytes, "disk", text


def _files() -> Check:
    most = open_files_allowed()
    return most >= ENOUGH_FILES, "open files", f"{most} allowed (ulimit -Hn), {ENOUGH_FILES} wanted"
