"""Which scans are being inspected right now, as empty files: if the process dies, the next one knows at what.

A picture that kills the process would kill the next one too, so each death counts as an attempt. Only the death of the
process has to be survived here, not that of the machine: no picture takes the power away. So nothing is synced.
"""

import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path


class Underway:
    """A folder of this process with one file for each scan that is being inspected."""

    def __init__(self, root: Path) -> None:
        """Make the folder below `root`, and remember what processes of this machine left that are dead by now."""
        self._folder = root / f"{platform.node()}-{os.getpid()}"
        root.mkdir(parents=True, exist_ok=True)
        dead = [folder for folder in root.iterdir() if folder == self._folder or _is_dead(folder)]
        self.left: Sequence[str] = sorted(name for folder in dead for name in _emptied(folder))
        self._folder.mkdir(exist_ok=True)

    @contextmanager
    def scan(self, scan_id: str) -> Iterator[None]:
        """The block inspects this scan."""
        mark = self._folder / scan_id
        with suppress(OSError):  # on a full disk, inspecting matters more
            mark.touch()
        try:
            yield
        finally:
            with suppress(OSError):
                mark.unlink(missing_ok=True)


def _is_dead(folder: Path) -> bool:
    machine, _, process = folder.name.rpartition("-")
    if machine != platform.node() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _emptied(folder: Path) -> Iterator[str]:
    for path in folder.iterdir() if folder.is_dir() else ():
        yield path.name
        path.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
