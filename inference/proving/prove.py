"""Prove a bundle before anything is loaded from it: one entry point, for a folder or for bytes of a store.

    proven = prove(Path("candidate/embedder-6"), role="embedder", trusted=[public_key(digits)])
    proven.files, proven.bundle()     # the very bytes that were proven

Signature first, so that nothing else of a stranger's file is even parsed; then bundle.json; then, in a limited child
process, the graphs as they are written and as they run. It takes one to five seconds of a core, and of the caller's
memory no more than the files.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from inference.errors import BadBundle
from inference.proving.description import check_description
from inference.proving.judging import judged
from inference.proving.limits import LIMITS, Limits
from inference.proving.signing import MODEL, VerifiedBundle, verify, verify_bytes


def prove(
    folder: Path, *, role: str | None = None, trusted: Collection[Ed25519PublicKey], limits: Limits = LIMITS
) -> VerifiedBundle:
    """The bundle in `folder`, proven to be signed by a trusted key, of this role, and fit to be served.

    Raises BadBundle with what is wrong, expected and actual; the process that calls it is never in danger.
    """
    return _proven(verify(folder, trusted, limits), role, limits)


def prove_bytes(
    files: Mapping[str, bytes],
    *,
    role: str | None = None,
    trusted: Collection[Ed25519PublicKey],
    limits: Limits = LIMITS,
) -> VerifiedBundle:
    """As `prove`, for files that come from a store: file name -> bytes, signature.json among them."""
    return _proven(verify_bytes(files, trusted, limits), role, limits)


def _proven(signed: VerifiedBundle, role: str | None, limits: Limits) -> VerifiedBundle:
    if role not in (None, signed.role):
        raise BadBundle(f"{signed.name}: role is {signed.role!r}, expected {role!r}")
    if MODEL not in signed.files:
        raise BadBundle(f"{signed.name} has no {MODEL}; it has: {', '.join(sorted(signed.files))}")
    bundle = signed.bundle()
    check_description(bundle, signed.files)
    return replace(signed, found=judged(bundle, limits))
