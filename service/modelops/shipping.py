"""The models that come with the program, as a release like any other: what all begins with, and can go back to.

Their files stay where the program is. Whichever of its versions a process runs, a champion that was shipped means the
models that this process has.
"""

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from service.modelops import repository
from service.scans.eyes import Eyes

CARD = "Shipped with the program; see the cards in `models/`."


def enter_shipped(session: Session, eyes: Eyes, at: datetime) -> str:
    """The identifier of the shipped models' release, which is entered the first time; it is the first champion."""
    models = models_of(eyes)
    digest = hashlib.sha256("\n".join(f"{role} {sha}" for role, sha in sorted(models.items())).encode()).hexdigest()
    row = repository.by_digest(session, digest)
    if row is None:
        row = repository.add(
            session,
            digest=digest,
            origin="shipped",
            state="approved",
            parent_id=None,
            job_id=None,
            bundles={role: {"name": role, "sha256": sha, "files": {}} for role, sha in models.items()},
            gates=None,
            card=CARD,
            created_by="tidewaiter",
            created_at=at,
        )
    repository.open_deployment(session, row.id, at)
    return row.id


def models_of(eyes: Eyes) -> dict[str, str]:
    """Role -> sha256 of all models and settings."""
    return dict(eyes.photo.models) | ({} if eyes.xray is None else dict(eyes.xray.models))
