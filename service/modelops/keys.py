"""Whose signatures on bundles are trusted: this installation's own key, and those that the settings name."""

from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from inference.proving.errors import BadSigningKey
from inference.proving.keys import load_key, make_key, public_key
from service.settings import Settings

OWN = "keys/models.key"  # in the var folder


def signing_key(settings: Settings) -> Path:
    """The key with which this installation signs what it trains; made the first time. Raises BadSigningKey."""
    path = settings.model_signing_key or settings.var_dir / OWN
    if not path.exists():
        try:
            make_key(path)
        except BadSigningKey:
            if not path.exists():  # else another process was sooner
                raise
    return path.resolve()


def trusted_keys(settings: Settings) -> Sequence[Ed25519PublicKey]:
    """All public keys that may vouch for a bundle. Raises BadSigningKey."""
    own = load_key(signing_key(settings)).public_key()
    return [own, *(public_key(digits) for digits in (settings.model_keys or "").split(",") if digits.strip())]
