"""How many kinds of bad model file are taken for good ones."""

from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from inference.errors import BadBundle
from inference.proving.prove import prove
from tests.spoiled_models import SPOILED, forged


def measure() -> dict[str, int]:
    """Try all of them, each signed by a key that is trusted."""
    key = Ed25519PrivateKey.generate()
    accepted = 0
    for make, _words in SPOILED.values():
        with TemporaryDirectory() as place:
            folder = make(Path(place) / "eye-1")
            forged(folder, key)
            try:
                prove(folder, trusted=[key.public_key()])
            except BadBundle:
                continue
            accepted += 1
    return {"bad_models_accepted": accepted, "bad_models": len(SPOILED)}
