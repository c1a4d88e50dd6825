"""Who may do what, where: offices, their stations, accounts, sessions and keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.tables.base import Table


class OfficeRow(Table):
    """A customs office: its scans and alerts are seen by its own people only."""

    __tablename__ = "offices"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))


class StationRow(Table):
    """An inspection station: its office, what it was promised, and how it said that it is doing."""

    __tablename__ = "stations"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    office: Mapped[str] = mapped_column(ForeignKey("offices.id"), index=True)
    answer_within_ms: Mapped[int | None]
    failing: Mapped[str] = mapped_column(String(16), server_default="fail_closed")
    failing_by_mode: Mapped[dict[str, Any] | None]  # supervision mode -> fail_open or fail_closed
    officer_answers: Mapped[bool] = mapped_column(server_default=false())
    heartbeat_at: Mapped[datetime | None]
    heartbeat: Mapped[dict[str, Any] | None]


class AccountRow(Table):
    """A person or a machine that signs in."""

    __tablename__ = "accounts"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(128), unique=True)  # as it stands in the audit
    display: Mapped[str] = mapped_column(String(200))
    password: Mapped[str | None] = mapped_column(String(200))  # argon2id, with its parameters; None: no password
    subject: Mapped[str | None] = mapped_column(String(500), unique=True)  # issuer and subject, if OIDC knows it
    roles: Mapped[dict[str, Any]]  # {"items": names of roles}
    office: Mapped[str | None] = mapped_column(ForeignKey("offices.id"))  # None: all offices
    station: Mapped[str | None] = mapped_column(String(64))  # the one that it is, if it is a station
    active: Mapped[bool]
    failures: Mapped[int]  # wrong passwords in a row
    locked_until: Mapped[datetime | None]
    preferences: Mapped[dict[str, Any]]  # language, keys, theme
    created_at: Mapped[datetime]


class SessionRow(Table):
    """A signed-in browser. Only the hash of its token is kept."""

    __tablename__ = "sessions"
    token: Mapped[str] = mapped_column(String(64), primary_key=True)  # sha256
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]  # when the password was last given: sensitive acts want a recent one
    account: Mapped[AccountRow] = relationship()


class OidcAttemptRow(Table):
    """Somebody was sent to the identity provider and has not come back yet."""

    __tablename__ = "oidc_attempts"
    state: Mapped[str] = mapped_column(String(64), primary_key=True)  # sha256
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(4096))
    expires_at: Mapped[datetime]


class KeyRow(Table):
    """A key with which a machine speaks for an account. Only its hash is kept."""

    __tablename__ = "keys"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)  # sha256
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    label: Mapped[str] = mapped_column(String(200))
    vouches: Mapped[bool]  # its system knows its officers itself and may name them
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    account: Mapped[AccountRow] = relationship()
