"""The deployed bundle of a role, to be completed by what is made after its export."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any


def deployed_folder(models: Path, role: str) -> Path:
    """The folder of the bundle that `models`/current.toml names for `role`."""
    name: str = tomllib.loads((models / "current.toml").read_text(encoding="utf-8"))[role]["name"]
    return models / name


def amend(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Let `change` alter the bundle's description in place, and write it; the model's sha256 is its own affair."""
    path = folder / "bundle.json"
    description = json.loads(path.read_text(encoding="utf-8"))
    change(description)
    path.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
