"""What can be wrong about who asks."""

from typing import Any

from service.errors import ServiceError


class NotSignedIn(ServiceError):
    """Nobody is signed in, or the session or the key has ended."""

    status = 401

    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class WrongPassword(NotSignedIn):
    """The name or the password is wrong."""


class ProviderAway(ServiceError):
    """The identity provider cannot be reached, or answers what it should not."""

    status = 502


class LockedOut(ServiceError):
    """There were too many wrong passwords; wait before trying again."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(f"locked for {seconds} s", field="name")
        self.seconds = seconds

    def members(self) -> dict[str, Any]:
        return {"seconds": self.seconds}

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.seconds)}


class NotAllowed(ServiceError):
    """Whoever is signed in may not do this."""

    status = 403


class NotYourName(NotAllowed):
    """An act is entered under the name of whoever is signed in, not under another."""


class ForgedForm(ServiceError):
    """The request did not come from a page of this session."""

    status = 403


class PasswordNeeded(ServiceError):
    """This act needs the password again."""

    status = 403


class WeakPassword(ServiceError):
    """The password is too easy to guess."""

    status = 422


class TooManyKeys(ServiceError):
    """A station has no more keys than it takes to change them."""

    status = 409


class UnknownAccount(ServiceError):
    """No such account exists."""

    status = 404


class UnknownOffice(ServiceError):
    """No such office exists."""

    status = 404


class AccountTaken(ServiceError):
    """There is an account with this name."""

    status = 409


class WrongStation(NotAllowed):
    """A station speaks for itself only."""
