"""What is no fault of the request: a full or read-only disk, a database that is away. Whoever asked may ask again."""

import errno

from sqlalchemy.exc import DBAPIError

from service.errors import DatabaseAway, ServiceError, StorageFull

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
SQLITE_FULL = ("disk is full", "readonly database", "disk i/o error", "unable to open database file")
AWAY = ("08", "57P", "53")  # PostgreSQL's classes: connection, operator intervention, insufficient resources


def outage_of(error: Exception) -> ServiceError | None:
    """The outage behind an error, or None if it is something else."""
    for one in _chain(error):
        if isinstance(one, OSError) and one.errno in FULL:
            return StorageFull(errno.errorcode[one.errno], field="disk")
        if isinstance(one, DBAPIError):
            return _of_database(one)
    return None


def _of_database(error: DBAPIError) -> ServiceError | None:
    text = str(error.orig).lower()  # may hold the address: it is not passed on
    if any(sign in text for sign in SQLITE_FULL):
        return StorageFull("the database's", field="disk")
    state = getattr(error.orig, "sqlstate", None)
    gone = error.connection_invalidated or (isinstance(state, str) and state.startswith(AWAY))
    connecting = type(error.orig).__module__.startswith("psycopg") and state is None
    return DatabaseAway("it does not answer", field="database") if gone or connecting else None


def _chain(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__
    return chain
