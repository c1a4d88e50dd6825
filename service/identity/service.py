"""Signing in and out, with a password or a key."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from service.audit import repository as audit
from service.audit.repository import Act
from service.clock import Clock
from service.database import Database
from service.identity import passwords, repository
from service.identity.errors import LockedOut, NotSignedIn, PasswordNeeded, WrongPassword
from service.identity.principal import Principal, Signed
from service.identity.roles import Role
from service.tables import AccountRow, SessionRow

PATIENCE = 5  # wrong passwords in a row before an account is locked
LOCKED = (60, 120, 240, 480, 900)  # seconds: longer each time, never for good
SEEN_EVERY = timedelta(minutes=1)  # a session's use is noted at most so often
CONFIRMED = timedelta(minutes=10)  # so long a password counts as just given


@dataclass(frozen=True, kw_only=True)
class NewSession:
    """What a browser is given."""

    token: str
    principal: Principal
    lasts: int  # seconds


class IdentityService:
    """Says who asks."""

    def __init__(self, *, database: Database, clock: Clock, idle: timedelta, longest: timedelta) -> None:
        """A session ends when it was not used for `idle`, and in any case after `longest`."""
        self._database, self._clock, self._idle, self._longest = database, clock, idle, longest

    def sign_in(self, name: str, password: str) -> NewSession:
        """Begin a session. Raises WrongPassword (also for an unknown name), LockedOut."""
        with self._database.read() as session:
            row = repository.account(session, name)
        self._check(row, name, password)
        return self.begin(name)

    def begin(self, name: str) -> NewSession:
        """Begin a session for an account that has proved who it is."""
        now, token = self._clock(), secrets.token_urlsafe(32)
        with self._database.write() as session:
            row = repository.account(session, name)
            if row is None or not row.active:
                raise NotSignedIn(f"there is no active account {name!r}", field="name")
            repository.lock(session, row.id, None)
            begun = SessionRow(
                token=digest(token),
                account_id=row.id,
                csrf=secrets.token_urlsafe(32),
                created_at=now,
                seen_at=now,
                expires_at=now + self._longest,
                confirmed_at=now,
            )
            session.add(begun)
            audit.append(session, Act(actor=row.name, action="signed_in", kind="account", subject=row.id))
            principal = _principal(row, signed=_signed(begun))
        return NewSession(token=token, principal=principal, lasts=int(self._longest.total_seconds()))

    def sign_out(self, principal: Principal) -> None:
        """End the session."""
        if principal.signed is None:
            return
        with self._database.write() as session:
            repository.end(session, token=principal.signed.token)
            act = Act(actor=principal.name, action="signed_out", kind="account", subject=principal.account_id)
            audit.append(session, act)

    def by_session(self, token: str, *, used: bool = True) -> Principal:
        """Who is signed in with this token; what no person asked for does not count as `used`. Raises NotSignedIn."""
        now = self._clock()
        with self._database.read() as session:
            row = repository.signed(session, digest(token))
        if row is None or not row.account.active:
            raise NotSignedIn("there is no such session", field="session")
        if now >= row.expires_at or now >= row.seen_at + self._idle:
            raise NotSignedIn("the session has ended: sign in again", field="session")
        if used and now >= row.seen_at + SEEN_EVERY:
            with self._database.write() as session:
                repository.seen(session, row.token, now)
        return _principal(row.account, signed=_signed(row))

    def by_key(self, key: str) -> Principal:
        """Whose key this is. Raises NotSignedIn."""
        now = self._clock()
        with self._database.read() as session:
            row = repository.key(session, digest(key))
        if row is None or row.revoked_at is not None or not row.active:
            raise NotSignedIn("there is no such key, or it was revoked", field="Authorization")
        if row.expires_at is not None and now >= row.expires_at:
            raise NotSignedIn("the key has expired", field="Authorization")
        return _principal(row, vouches=row.vouches)

    def confirm(self, principal: Principal, password: str) -> None:
        """The password once more. Raises WrongPassword, LockedOut, NotSignedIn."""
        if principal.signed is None:
            raise NotSignedIn("a key has no password", field="session")
        with self._database.read() as session:
            row = repository.account(session, principal.name)
        self._check(row, principal.name, password)
        with self._database.write() as session:
            repository.lock(session, principal.account_id, None)
            repository.confirmed(session, principal.signed.token, self._clock())

    def need_recent_password(self, principal: Principal) -> None:
        """Raises PasswordNeeded unless the password was given in the last minutes; a key has none to give."""
        if principal.signed is not None and self._clock() >= principal.signed.confirmed_at + CONFIRMED:
            raise PasswordNeeded("give the password again", field="password", limit=f"each {CONFIRMED}")

    def _check(self, row: AccountRow | None, name: str, password: str) -> None:
        now = self._clock()
        if row is not None and row.locked_until is not None and now < row.locked_until:
            raise LockedOut(_left(row.locked_until, now))
        if passwords.matches(password, None if row is None or not row.active else row.password):
            return
        if row is not None:
            with self._database.write() as session:
                self._count(session, row, now)
        raise WrongPassword(f"for {name!r}", field="password")

    def _count(self, session: Session, row: AccountRow, now: datetime) -> None:
        over = repository.failed(session, row.id) - PATIENCE
        if over < 0:
            return
        seconds = LOCKED[min(over, len(LOCKED) - 1)]
        repository.lock(session, row.id, now + timedelta(seconds=seconds))
        detail = {"seconds": seconds, "wrong_passwords": over + PATIENCE}
        audit.append(session, Act(actor=row.name, action="locked_out", kind="account", subject=row.id, detail=detail))


def digest(secret: str) -> str:
    """What is kept of a token or key: its sha256. They have 256 random bits, so a slow hash adds nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _left(until: datetime, now: datetime) -> int:
    return max(1, round((until - now).total_seconds()))


def _signed(row: SessionRow) -> Signed:
    return Signed(token=row.token, csrf=row.csrf, confirmed_at=row.confirmed_at)


def _principal(row: AccountRow | Any, *, signed: Signed | None = None, vouches: bool = False) -> Principal:
    return Principal(
        account_id=row.id,
        name=row.name,
        display=row.display,
        roles=frozenset(Role(item) for item in row.roles["items"]),
        office=row.office,
        station=row.station,
        vouches=vouches,
        signed=signed,
        preferences=row.preferences,
    )
