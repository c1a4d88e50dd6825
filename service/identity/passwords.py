"""Passwords as argon2id hashes (RFC 9106, low-memory profile: 64 MiB, 3 passes)."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.identity.errors import WeakPassword

SHORTEST = 12  # characters
LONGEST = 1024  # characters; hashing takes longer with length
_HASHER = PasswordHasher()


def hashed(password: str, *, name: str) -> str:
    """The hash to keep. Raises WeakPassword if it is short, of few letters, or holds the account's name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword(f"{len(password)} characters", field="password", limit=f"{SHORTEST} to {LONGEST} characters")
    if len(set(password)) < SHORTEST // 2:
        raise WeakPassword("it repeats few characters", field="password", limit=f"{SHORTEST // 2} different ones")
    if name.casefold() in password.casefold():
        raise WeakPassword("it holds the account's name", field="password")
    return _HASHER.hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password. Takes as long for an account that is unknown (None)."""
    try:
        right = _HASHER.verify(kept or _nobody(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")
