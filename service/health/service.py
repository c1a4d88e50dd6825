"""Checks whether scans can be taken now."""

import shutil

from sqlalchemy.exc import SQLAlchemyError

from service.database import Database
from service.errors import NotReady
from service.health.schemas import Ready
from service.inspecting import Inspecting
from service.registry import repository
from service.settings import Settings


def ready(settings: Settings, database: Database, inspector: Inspecting) -> Ready:
    """Which checks passed. Raises NotReady with all checks if one did not."""
    checks = {
        "models": "ok" if inspector.models else "none loaded",
        "database": check_database(database),
        "disk": check_disk(settings),
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
