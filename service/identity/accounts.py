"""Making and changing accounts, their keys and offices. Each change is in the audit; no password or key is."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from service.audit import repository as audit
from service.audit.repository import Act
from service.clock import Clock
from service.database import Database
from service.identifiers import new_id
from service.identity import passwords, repository
from service.identity.errors import AccountTaken, TooManyKeys, UnknownAccount, UnknownOffice
from service.identity.roles import Role
from service.identity.service import digest
from service.tables import AccountRow, KeyRow, OfficeRow

KEY = "twk_"  # by which a key is known when it turns up where it should not
STATION_KEYS = 2  # live at once


@dataclass(frozen=True, kw_only=True)
class NewAccount:
    """An account to make."""

    name: str
    roles: Sequence[Role]
    display: str = ""
    office: str | None = None  # None: all offices
    station: str | None = None
    password: str | None = None
    subject: str | None = None


class AccountService:
    """Makes and changes accounts."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def add(self, new: NewAccount, *, by: str) -> str:
        """Make an account. Returns its id. Raises AccountTaken, UnknownOffice, WeakPassword."""
        kept = None if new.password is None else passwords.hashed(new.password, name=new.name)
        with self._database.write() as session:
            if repository.account(session, new.name) is not None:
                raise AccountTaken(f"{new.name!r}", field="name")
            _office(session, new.office)
            row = AccountRow(
                id=new_id("account"),
                name=new.name,
                display=new.display or new.name,
                password=kept,
                subject=new.subject,
                roles={"items": sorted(new.roles)},
                office=new.office,
                station=new.station,
                active=True,
                failures=0,
                preferences={},
                created_at=self._clock(),
            )
            session.add(row)
            if new.station is not None:
                repository.assign(session, new.station, new.office or repository.FIRST_OFFICE)
            detail = {"roles": sorted(new.roles), "office": new.office, "station": new.station}
            _enter(session, by, "account_made", row, detail)
            return row.id

    def set_password(self, name: str, password: str, *, by: str) -> None:
        """Change a password; all its sessions end. Raises UnknownAccount, WeakPassword."""
        kept = passwords.hashed(password, name=name)
        with self._database.write() as session:
            row = _account(session, name)
            row.password, row.failures, row.locked_until = kept, 0, None
            repository.end(session, account_id=row.id)
            _enter(session, by, "password_changed", row, {})

    def set_active(self, name: str, active: bool, *, by: str) -> None:
        """Let an account in or shut it out; shut out, its sessions end and its keys are dead. Raises UnknownAccount."""
        with self._database.write() as session:
            row = _account(session, name)
            row.active = active
            if not active:
                repository.end(session, account_id=row.id)
            _enter(session, by, "account_opened" if active else "account_closed", row, {})

    def add_key(
        self, name: str, *, label: str, by: str, vouches: bool = False, lasts: timedelta | None = None
    ) -> tuple[str, str]:
        """Make a key of 256 random bits. Returns its id and the key, shown this once.

        Raises UnknownAccount, TooManyKeys for a station that has two: enough to change them without a gap.
        """
        key, now = KEY + secrets.token_urlsafe(32), self._clock()
        with self._database.write() as session:
            row = _account(session, name)
            if row.station is not None:
                _check_keys(session, row, now)
            made = KeyRow(
                id=new_id("key"),
                hash=digest(key),
                account_id=row.id,
                label=label,
                vouches=vouches,
                created_at=now,
                expires_at=None if lasts is None else now + lasts,
            )
            session.add(made)
            _enter(session, by, "key_made", row, {"key": made.id, "label": label, "vouches": vouches})
            return made.id, key

    def revoke_key(self, name: str, key_id: str, *, by: str) -> datetime:
        """The key is dead from now on. Raises UnknownAccount if the account has no such key."""
        with self._database.write() as session:
            row = _account(session, name)
            found = next((key for key in repository.keys(session, row.id) if key.id == key_id), None)
            if found is None:
                raise UnknownAccount(f"{name!r} has no key {key_id!r}", field="key")
            found.revoked_at = found.revoked_at or self._clock()
            _enter(session, by, "key_revoked", row, {"key": key_id})
            return found.revoked_at

    def prefer(self, name: str, changes: dict[str, Any]) -> None:
        """Keep what somebody likes: language, keys, theme. Raises UnknownAccount."""
        with self._database.write() as session:
            row = _account(session, name)
            row.preferences = {**row.preferences, **changes}

    def add_office(self, office_id: str, name: str, *, by: str) -> None:
        """Make an office, or rename it."""
        with self._database.write() as session:
            session.merge(OfficeRow(id=office_id, name=name))
            act = Act(actor=by, action="office_named", kind="office", subject=office_id, detail={"name": name})
            audit.append(session, act)

    def list(self) -> Sequence[AccountRow]:
        """All accounts by name."""
        with self._database.read() as session:
            return repository.accounts(session)


def _account(session: Session, name: str) -> AccountRow:
    row = repository.account(session, name)
    if row is None:
        raise UnknownAccount(f"{name!r}", field="name")
    return row


def _check_keys(session: Session, row: AccountRow, now: datetime) -> None:
    live = [key for key in repository.keys(session, row.id) if repository.is_live(key, now)]
    if len(live) >= STATION_KEYS:
        named = ", ".join(f"{key.id} ({key.label})" for key in live)
        raise TooManyKeys(f"{row.name!r} has {named}", field="key", limit=f"{STATION_KEYS}: revoke one first")


def _office(session: Session, office_id: str | None) -> None:
    if office_id is not None and repository.office(session, office_id) is None:
        known = ", ".join(row.id for row in repository.offices(session))
        raise UnknownOffice(f"{office_id!r}", field="office", limit=known)


def _enter(session: Session, by: str, action: str, row: AccountRow, detail: dict[str, Any]) -> None:
    act = Act(actor=by, action=action, kind="account", subject=row.id, detail={"name": row.name, **detail})
    audit.append(session, act)
