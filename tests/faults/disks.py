"""A disk of one's own that loses its power: a file behind a loop device, and the ioctl that file systems have for it.

EXT4_IOC_SHUTDOWN with NOLOGFLUSH drops what was not synced, as a power cut does (kernel: fs/ext4/ioctl.c; the number is
XFS's XFS_IOC_GOINGDOWN). It neither tears sectors nor reorders a device's own cache.
"""

import fcntl
import os
import shutil
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2
MIB = 2**20
SIZE = 320 * MIB  # XFS wants 300
FORMAT = {"ext4": ("mkfs.ext4", "-q", "-F"), "xfs": ("mkfs.xfs", "-q", "-f")}


def unusable(system: str = "ext4") -> str:
    """Why no such disk can be had here; empty if it can."""
    if os.geteuid() != 0:
        return "mounting a disk needs root"
    if not Path("/dev/loop-control").exists():
        return "this machine has no loop devices (/dev/loop-control)"
    if shutil.which(FORMAT[system][0]) is None:
        return f"{FORMAT[system][0]} is missing"
    return unmountable()


def unmountable() -> str:
    """Why nothing can be mounted here, though one is root: a container without the right to; empty if it can."""
    if os.geteuid() != 0:
        return "mounting a disk needs root"
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(  # noqa: S603 - as written
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
        if tried.returncode:
            return f"nothing can be mounted here: {tried.stderr.strip()}"
        _run("umount", folder)
    return ""


class Disk:
    """A disk in a file, mounted on a folder."""

    def __init__(self, image: Path, mounted: Path, system: str) -> None:
        self._image, self.folder, self._system = image, mounted, system

    def make(self) -> None:
        """Format it."""
        with self._image.open("wb") as file:
            file.truncate(SIZE)
        _run(*FORMAT[self._system], str(self._image))

    def mount(self) -> None:
        """Mount it; a journal that is not empty is replayed."""
        self.folder.mkdir(exist_ok=True)
        _run("mount", "-o", "loop", str(self._image), str(self.folder))

    def cut_power(self) -> None:
        """From now on nothing reaches the disk; what was not synced is gone."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(handle)

    def unmount(self) -> None:
        """Let go of it, also after the power was cut; whoever uses it must be dead."""
        for _ in range(50):
            if subprocess.run(["umount", str(self.folder)], capture_output=True, check=False).returncode == 0:  # noqa: S603, S607
                return
            time.sleep(0.1)
        _run("umount", "--lazy", str(self.folder))


@contextmanager
def disk(folder: Path, system: str = "ext4") -> Iterator[Disk]:
    """A fresh disk, mounted at `folder/disk` whenever one mounts it; it is let go of whatever happens."""
    made = Disk(folder / "disk.img", folder / "disk", system)
    made.make()
    try:
        yield made
    finally:
        if os.path.ismount(made.folder):
            made.unmount()
        (folder / "disk.img").unlink()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own
