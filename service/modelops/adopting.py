"""From a folder of bundles to a candidate: what is new is proven, what is the champion's is taken from there.

Nothing of the folder is trusted before it is proven (`inference.proving`): not its signature's word alone, and no model
is loaded in this process.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.bundles import CURRENT, deployed_bundles
from inference.errors import BadBundle
from inference.proving.prove import prove
from inference.proving.signing import SIGNATURE
from service.modelops.keys import trusted_keys
from service.modelops.releasing import ReleaseService
from service.modelops.schemas import ReleaseOut
from service.settings import Settings

ROLES = frozenset({"detector", "embedder", "xray_detector", "xray_embedder"})
Files = tuple[str, dict[str, bytes]]  # the bundle's name, its files


class Adopting:
    """Adopts candidates."""

    def __init__(self, *, settings: Settings, releases: ReleaseService) -> None:
        self._settings, self._releases = settings, releases

    def adopt(
        self,
        folder: Path,
        champion: Path,
        *,
        by: str,
        origin: str,
        card: str,
        gates: dict[str, Any] | None,
        job_id: str | None = None,
        parent_id: str | None = None,
    ) -> ReleaseOut:
        """Add the bundles that `folder/current.toml` names as a candidate. Raises BadBundle, naming what is wrong."""
        roles = self.proven(folder, champion)
        return self._releases.add(
            roles, origin=origin, by=by, card=card, gates=gates, job_id=job_id, parent_id=parent_id
        )

    def proven(self, folder: Path, champion: Path) -> Mapping[str, Files]:
        """Role -> the files of its bundle. At least one has to be new."""
        named, at_work = deployed_bundles(folder), deployed_bundles(champion)
        if set(named) != set(at_work) or not set(named) <= ROLES:
            raise BadBundle(f"{CURRENT} names {', '.join(sorted(named))}, expected {', '.join(sorted(at_work))}")
        if named == at_work:
            raise BadBundle(f"{folder.name} has nothing but the champion's models")
        return {
            role: _kept(champion, entry[0]) if entry == at_work[role] else self._new(folder, role, entry)
            for role, entry in named.items()
        }

    def _new(self, folder: Path, role: str, entry: tuple[str, str]) -> Files:
        name, sha256 = entry
        proven = prove(folder / name, role=role, trusted=trusted_keys(self._settings))
        if proven.sha256 != sha256:
            raise BadBundle(f"{name}/model.onnx has sha256 {proven.sha256}, {CURRENT} says {sha256}")
        return name, {**proven.files, SIGNATURE: proven.signature}


def _kept(champion: Path, name: str) -> Files:
    """The files of a bundle that is at work."""
    return name, {path.name: path.read_bytes() for path in sorted((champion / name).iterdir()) if path.suffix != ".md"}
