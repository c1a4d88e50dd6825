"""Keys that vouch for bundles and for the audit: Ed25519, 64 hexadecimal digits in a file only its owner may read."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from inference.proving.errors import BadSigningKey


def make_key(path: Path) -> Ed25519PublicKey:
    """Make a key, keep it in a new file of mode 0600, and return its public half. Raises BadSigningKey."""
    key = Ed25519PrivateKey.generate()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise BadSigningKey(f"{path} cannot be made: {error.strerror}", field="key") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes_raw().hex().encode() + b"\n")
    return key.public_key()


def load_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file. Raises BadSigningKey; what is in the file is never told."""
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except OSError as error:
        raise BadSigningKey(f"{path} cannot be read: {error.strerror}", field="key") from error
    except ValueError:
        raise BadSigningKey(f"{path} holds no key: 64 hexadecimal digits", field="key") from None


def public_key(digits: str) -> Ed25519PublicKey:
    """A public key of 64 hexadecimal digits. Raises BadSigningKey."""
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(digits.strip()))
    except ValueError as error:
        raise BadSigningKey("a public key has 64 hexadecimal digits", field="public-key") from error


def digits_of(key: Ed25519PublicKey) -> str:
    """The 64 hexadecimal digits of a public key."""
    return key.public_bytes_raw().hex()
