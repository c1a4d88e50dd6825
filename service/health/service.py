"""Checks whether scans can be taken now."""

import os
import shutil
import tempfile

from sqlalchemy.exc import SQLAlchemyError

from service.database import Database
from service.errors import NotReady
from service.health.schemas import Ready
from service.inspecting import Inspecting
from service.pool import InspectionPool
from service.registry import repository
from service.settings import Settings


def ready(settings: Settings, database: Database, inspector: Inspecting, pool: InspectionPool) -> Ready:
    """Which checks passed. Raises NotReady with all checks if one did not."""
    checks = {
        "models": "ok" if inspector.models else "none loaded",
        "database": check_database(database),
        "disk": check_disk(settings),
        "files": check_files(settings),
        "queue": "ok" if pool.fill[0] < pool.room else f"full: {pool.room} scans wait or are inspected",
    }
    if set(checks.values()) != {"ok"}:
        raise NotReady(checks)
    return Ready(status="ok", checks=checks, marks=len(inspector.gallery))


def check_database(database: Database) -> str:
    """`ok` if a transaction can write."""
    try:
        with database.write() as session:
            repository.touch(session)
    except SQLAlchemyError as error:
        return f"not writable ({type(error).__name__})"  # the message may hold the address
    return "ok"


def check_disk(settings: Settings) -> str:
    """`ok` if there is enough free space for files."""
    free = shutil.disk_usage(settings.var_dir).free
    return "ok" if free >= settings.min_free_bytes else f"{free} bytes free, {settings.min_free_bytes} wanted"


def check_files(settings: Settings) -> str:
    """`ok` if a file can be written and synced where scans are kept."""
    try:
        with tempfile.TemporaryFile(dir=settings.var_dir) as file:
            file.write(b"tidewaiter")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return f"not writable ({os.strerror(error.errno or 0)})"
    return "ok"
