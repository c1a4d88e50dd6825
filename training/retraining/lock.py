"""What made a candidate, so that it can be made again: versions, commit, seed, sums of all that went in."""

import json
import platform
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from training.retraining.context import Context
from training.retraining.files import read_json, sha256_of
from training.retraining.steps import finetune, manifest

ROOT = Path(__file__).parents[2]
LOCK = "uv.lock"


def train_lock(context: Context) -> dict[str, Any]:
    """The contents of train.lock."""
    return {
        "commit": commit_of(ROOT),
        "lock_sha256": sha256_of(ROOT / LOCK) if (ROOT / LOCK).is_file() else None,
        "python": platform.python_version(),
        "packages": packages(),
        "seed": context.request.seed,
        "mode": context.request.mode,
        "manifest_sha256": sha256_of(context.run / manifest.OUTPUT),
        "steps": read_json(context.run / finetune.OUTPUT),
    }


def packages() -> dict[str, str]:
    """Name and version of each distribution that is installed."""
    return dict(sorted({item.name.lower(): item.version for item in distributions()}.items()))


def commit_of(root: Path) -> str | None:
    """The commit that is checked out in `root`, read from its .git folder; None if there is none."""
    head = root / ".git" / "HEAD"
    try:
        text = head.read_text(encoding="ascii").strip()
        if not text.startswith("ref: "):
            return text
        name = text.removeprefix("ref: ")
        loose = root / ".git" / name
        if loose.is_file():
            return loose.read_text(encoding="ascii").strip()
        packed = (root / ".git" / "packed-refs").read_text(encoding="ascii").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {name}")), None)
    except (OSError, ValueError):
        return None


def as_text(lock: dict[str, Any]) -> str:
    """The lock as it stands in the file."""
    return json.dumps(lock, indent=1, sort_keys=True) + "\n"
