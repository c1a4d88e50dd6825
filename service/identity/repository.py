"""All queries on offices, stations, accounts, sessions and keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.orm import Session, joinedload

from service.tables import AccountRow, KeyRow, OfficeRow, SessionRow, StationRow

KEYS, ACCOUNTS = cast("Table", KeyRow.__table__), cast("Table", AccountRow.__table__)
KEY = (  # built once, and columns alone: each request of a machine asks it
    select(KEYS.c.revoked_at, KEYS.c.expires_at, KEYS.c.vouches, ACCOUNTS)
    .join_from(KEYS, ACCOUNTS)
    .where(KEYS.c.hash == bindparam("hashed"))
)
FIRST_OFFICE = "main"  # to which stations belong that nobody has assigned


def account(session: Session, name: str) -> AccountRow | None:
    """The account that signs in under this name, or None."""
    return session.execute(select(AccountRow).where(AccountRow.name == name)).scalar_one_or_none()


def by_subject(session: Session, subject: str) -> AccountRow | None:
    """The account that an identity provider knows by this subject, or None."""
    return session.execute(select(AccountRow).where(AccountRow.subject == subject)).scalar_one_or_none()


def accounts(session: Session) -> Sequence[AccountRow]:
    """All accounts by name."""
    return session.execute(select(AccountRow).order_by(AccountRow.name)).scalars().all()


def failed(session: Session, account_id: str) -> int:
    """Count one more wrong password. Returns how many there were in a row."""
    counted = update(AccountRow).where(AccountRow.id == account_id).values(failures=AccountRow.failures + 1)
    return session.execute(counted.returning(AccountRow.failures)).scalar_one()


def lock(session: Session, account_id: str, until: datetime | None) -> None:
    """Lock an account for a while, or, with None, forget its wrong passwords."""
    changes = {"locked_until": until} if until is not None else {"locked_until": None, "failures": 0}
    session.execute(update(AccountRow).where(AccountRow.id == account_id).values(**changes))


def signed(session: Session, token: str) -> SessionRow | None:
    """The session with this token's hash, with its account, or None."""
    query = select(SessionRow).where(SessionRow.token == token).options(joinedload(SessionRow.account))
    return session.execute(query).scalar_one_or_none()


def seen(session: Session, token: str, at: datetime) -> None:
    """The session was used."""
    session.execute(update(SessionRow).where(SessionRow.token == token).values(seen_at=at))


def confirmed(session: Session, token: str, at: datetime) -> None:
    """The password was given again."""
    session.execute(update(SessionRow).where(SessionRow.token == token).values(confirmed_at=at))


def end(session: Session, *, token: str | None = None, account_id: str | None = None) -> None:
    """End one session, or all of an account."""
    wanted = SessionRow.token == token if token is not None else SessionRow.account_id == account_id
    session.execute(delete(SessionRow).where(wanted))


def key(session: Session, hashed: str) -> Any | None:
    """`revoked_at`, `expires_at` and `vouches` of the key with this hash, and all of its account; or None."""
    return session.execute(KEY, {"hashed": hashed}).one_or_none()


def keys(session: Session, account_id: str) -> Sequence[KeyRow]:
    """The keys of an account, oldest first."""
    return session.execute(select(KeyRow).where(KeyRow.account_id == account_id).order_by(KeyRow.id)).scalars().all()


def is_live(row: KeyRow, now: datetime) -> bool:
    """Whether a key opens anything."""
    return row.revoked_at is None and (row.expires_at is None or now < row.expires_at)


def office(session: Session, office_id: str) -> OfficeRow | None:
    """The office, or None."""
    return session.get(OfficeRow, office_id)


def offices(session: Session) -> Sequence[OfficeRow]:
    """All offices."""
    return session.execute(select(OfficeRow).order_by(OfficeRow.id)).scalars().all()


def assign(session: Session, station: str, office_id: str) -> None:
    """The station belongs to this office from now on."""
    session.merge(StationRow(name=station, office=office_id))
