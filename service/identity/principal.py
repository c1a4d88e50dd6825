"""Who asks."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.identity.errors import NotAllowed, NotYourName
from service.identity.roles import Permission, Role, granted


@dataclass(frozen=True, kw_only=True)
class Signed:
    """The session of a signed-in browser."""

    token: str  # sha256
    csrf: str
    confirmed_at: datetime  # when the password was last given


@dataclass(frozen=True, kw_only=True)
class Principal:
    """The account that a request speaks for."""

    account_id: str
    name: str
    display: str
    roles: frozenset[Role]
    office: str | None  # None: all offices
    station: str | None = None
    vouches: bool = False  # may name the officer it acts for
    signed: Signed | None = None  # None: by key
    preferences: dict[str, Any] = field(default_factory=dict)

    def may(self, permission: Permission) -> bool:
        """Whether its roles allow it."""
        return permission in granted(self.roles)

    def need(self, permission: Permission) -> None:
        """Raises NotAllowed unless `permission` is granted."""
        if not self.may(permission):
            raise NotAllowed(f"{self.name} may not {permission.value}", field="account")

    def speaks_as(self, named: str | None) -> str:
        """Under whose name an act is entered: its own, or, if its system vouches for officers, the named one.

        Raises NotYourName.
        """
        if named is None or named == self.name:
            return self.name
        if self.vouches:
            return named
        raise NotYourName(f"{named!r} is named, {self.name!r} is signed in", field="officer")
