"""What an agent is told when it starts. The key comes from a file or the environment, never from the command line."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from service.agent.errors import BadOptions
from service.agent.folder import FolderRules
from service.agent.items import Terms

KEY = "TIDEWAITER_STATION_KEY"
CREDENTIAL = "station-key"  # as the systemd unit names it
GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """One station, one folder, one service."""

    url: str
    station: str
    key: str = field(repr=False)
    folder: Path
    spool: Path
    verdicts: Path | None = None
    keep: Path | None = None  # where files go that are sent; None: they are removed
    rules: FolderRules = field(default_factory=FolderRules)
    terms: Terms = field(default_factory=Terms)  # until the service says others
    threads: int = 4
    max_bytes: int = 20 * GIB
    max_age: float = 7 * 86400.0  # seconds
    keep_free: int = 200 * 2**20  # bytes of the disk that are left alone

    def __post_init__(self) -> None:
        if not self.folder.is_dir():
            raise BadOptions(f"{self.folder} is no folder")
        inside = [
            path for path in (self.spool, self.verdicts, self.keep) if path and path.resolve() == self.folder.resolve()
        ]
        if inside:
            raise BadOptions(f"{inside[0]} cannot be the folder that is watched")


def key_from(file: Path | None) -> str:
    """The station's key: from `file`, systemd's credentials, or the environment. Raises BadOptions."""
    place = file or _credential()
    if place is None:
        key = os.environ.get(KEY, "").strip()
        if not key:
            raise BadOptions(f"no key: give --key-file, or set {KEY}")
        return key
    try:
        mode = place.stat().st_mode
        key = place.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadOptions(f"key file {place}: {error}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO) and file is not None:
        raise BadOptions(f"key file {place} can be read by others: chmod 600 {place}")
    if not key:
        raise BadOptions(f"key file {place} is empty")
    return key


def _credential() -> Path | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = None if folder is None else Path(folder) / CREDENTIAL
    return path if path is not None and path.is_file() else None
