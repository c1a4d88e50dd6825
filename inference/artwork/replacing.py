"""Writing a file of a cache: a reader sees the old file or the new one, never half of it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` when the block ends, or vanishes if the block raises.

    Its folder is made. Raises OSError if it cannot be written. A power cut may still cut it short: caches check what
    they read, so there is no waiting for the disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # a name of its own for each writer: several processes and threads may write the same file at once
    partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
