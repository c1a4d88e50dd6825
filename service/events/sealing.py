"""Webhook secrets at rest: they have to be known to sign, so they cannot be hashed; with a key they are encrypted.

Fernet (AES-128-CBC and HMAC-SHA256) of the package `cryptography`; the key is in a file, outside of the database.
"""

from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from service.errors import BadSettings
from service.events.errors import WrongEventsKey

SEALED = "sealed:"


class Sealer:
    """Seals secrets with a key, or leaves them as they are without one."""

    def __init__(self, key_file: Path | None) -> None:
        """Raises BadSettings if there is no key in the file."""
        self._fernet: Fernet | None = None
        if key_file is not None:
            try:
                self._fernet = Fernet(key_file.read_bytes().strip())
            except (OSError, ValueError) as error:
                where = "TIDEWAITER_EVENTS_KEY"
                raise BadSettings(f"{where}: {key_file} holds no Fernet key", field=where) from error

    def seal(self, secret: str) -> str:
        """As it is stored."""
        return secret if self._fernet is None else SEALED + self._fernet.encrypt(secret.encode()).decode()

    def unseal(self, stored: str) -> str:
        """As it signs. Raises WrongEventsKey."""
        if not stored.startswith(SEALED):
            return stored
        if self._fernet is None:
            raise WrongEventsKey("the secrets are sealed, and no key is set", field="TIDEWAITER_EVENTS_KEY")
        try:
            return self._fernet.decrypt(stored.removeprefix(SEALED).encode()).decode()
        except InvalidToken as error:
            raise WrongEventsKey("it does not open them", field="TIDEWAITER_EVENTS_KEY") from error
