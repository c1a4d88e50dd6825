"""What made a version: the commit of the code, and the versions of what it stands on."""

import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ("tidewaiter", "numpy", "opencv-python-headless", "simplejpeg", "onnxruntime", "rapidocr")
PATIENCE = 20  # seconds


def commit(root: Path = ROOT) -> str:
    """The commit of the code, with `-dirty` if it was changed since; empty where it is not in a repository."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():  # installed: the version says it
        return ""
    command = [git, "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        said = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=True)  # noqa: S603 - our own words
    except (subprocess.SubprocessError, OSError):
        return ""
    return said.stdout.decode("utf-8", "replace").strip()


def tools() -> tuple[tuple[str, str], ...]:
    """Name and version of Python and of each package that what is in a version depends on."""
    return (("python", platform.python_version()), *((name, _version(name)) for name in TOOLS))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
