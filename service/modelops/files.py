"""The files of releases: each by its sha256 in the file store, laid out as a folder of bundles to be loaded."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.bundles import CURRENT
from service.storage import FileStore

MODEL = "model.onnx"
Bundles = Mapping[str, Mapping[str, Any]]  # role -> {"name", "sha256", "files": {file name: sha256}}


class ReleaseFiles:
    """Keeps and lays out the files of releases."""

    def __init__(self, files: FileStore, folder: Path) -> None:
        """Folders of bundles are laid out under `folder`."""
        self._files, self._folder = files, folder

    def keep(self, roles: Mapping[str, tuple[str, Mapping[str, bytes]]]) -> dict[str, Any]:
        """Store the files of bundles, role -> (name, files). Returns what a release's row says of them."""
        kept = {}
        for role, (name, content) in roles.items():
            names = self._files.put_all(content.values())
            sums = dict(zip(content, names, strict=True))
            kept[role] = {"name": name, "sha256": sums[MODEL], "files": sums}
        return kept

    def laid_out(self, bundles: Bundles) -> Path:
        """A folder with the bundles and a `current.toml` that names them; it is whole before it has its name.

        Raises FileNotFoundError if a file is no longer in the store. Whether it is what it was is checked by whoever
        loads it: `load_bundle` compares each sha256.
        """
        target = self._folder / digest_of(bundles)[:16]
        if target.exists():
            return target
        self._folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=self._folder, prefix="incoming-"))
        try:
            for bundle in bundles.values():
                own = made / bundle["name"]
                own.mkdir()
                for name, sha256 in bundle["files"].items():
                    (own / name).write_bytes(self._files.get(sha256))
            (made / CURRENT).write_text(_current(bundles), encoding="utf-8")
            os.rename(made, target)
        except OSError:
            shutil.rmtree(made, ignore_errors=True)
            if not target.exists():  # else another process was sooner
                raise
        return target


def digest_of(bundles: Bundles) -> str:
    """What tells these bundles from others: models, settings and attachments."""
    return hashlib.sha256(json.dumps(bundles, sort_keys=True).encode()).hexdigest()


def _current(bundles: Bundles) -> str:
    lines = [f'[{role}]\nname = "{one["name"]}"\nsha256 = "{one["sha256"]}"\n' for role, one in sorted(bundles.items())]
    return "\n".join(lines)
