"""Artwork to PNG bytes in a child process, because some drawings take the renderer's process with them.

An SVG's pattern of ten million by ten million units makes the renderer abort for want of memory, references to
references make it run for hours; a PDF can do both. In a child, with a limit on time and memory, each is one refused
drawing and a fresh child. SVG, PDF and TIFF have a worker each: render_worker.py, pdf_worker.py, tiff_worker.py.
"""

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import IO

from inference.errors import BadArtwork


@dataclass(kw_only=True)
class Renderer:
    """Keeps one child, started when first needed and again after it was lost. Safe between threads and over forks."""

    worker: str = "inference.artwork.render_worker"  # the module that draws
    seconds: int = 20  # for one drawing
    max_memory: int = 2**30  # bytes of address space of the child
    _child: "subprocess.Popen[bytes] | None" = field(default=None, init=False, repr=False)
    _owner: int = field(default=0, init=False, repr=False)  # process id: a forked copy must not use its parent's child
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def render(self, svg: str, *, name: str) -> bytes:
        """Return `svg` as a PNG of the size that its root says; raises BadArtwork with the reason."""
        return self.draw(svg.encode(), name=name)

    def draw(self, data: bytes, *, name: str) -> bytes:
        """Return what the worker makes of the file `data`, a PNG; raises BadArtwork with the reason."""
        with self._lock:
            child = self._running_child()
            try:
                status, body = _exchange(child, data)
            except (EOFError, BrokenPipeError) as error:
                code = child.wait()
                _close_pipes(child)
                self._forget()
                raise BadArtwork(f"{name} cannot be rendered: {self._why(code)}", field="artwork") from error
        if status != b"+":
            raise BadArtwork(f"{name} cannot be rendered: {body.decode()}", field="artwork")
        return body

    def close(self) -> None:
        """End the child, if this process has one; the next `render` starts another."""
        with self._lock:
            child = self._child if self._owner == os.getpid() else None
            self._forget()
        if child is not None:
            _close_pipes(child)
            child.wait()

    def _running_child(self) -> "subprocess.Popen[bytes]":
        if self._child is None or self._owner != os.getpid():
            command = [sys.executable, "-m", self.worker, str(self.seconds), str(self.max_memory)]
            self._child = subprocess.Popen(  # noqa: S603  # our own module, by the interpreter that runs us
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # the renderer's stack traces; what matters is in the exit code
                start_new_session=True,  # Ctrl-C in a terminal is for the parent
            )
            self._owner = os.getpid()
            atexit.register(self.close)
        return self._child

    def _forget(self) -> None:
        if self._child is not None:
            atexit.unregister(self.close)
        self._child = None

    def _why(self, code: int) -> str:
        if code == -signal.SIGALRM:
            return f"it takes longer than {self.seconds} s"
        if code == -signal.SIGABRT:
            return f"it needs more memory than {self.max_memory // 2**20:,} MiB or nests too deep"
        return f"the renderer ended with code {code}"


def _exchange(child: "subprocess.Popen[bytes]", request: bytes) -> tuple[bytes, bytes]:
    if child.stdin is None or child.stdout is None:
        raise ValueError("the child must have been started with pipes")
    child.stdin.write(len(request).to_bytes(8, "big"))
    child.stdin.write(request)
    child.stdin.flush()
    head = _read(child.stdout, 9)
    return head[:1], _read(child.stdout, int.from_bytes(head[1:], "big"))


def _read(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("the renderer ended in the middle of an answer")
    return data


def _close_pipes(child: "subprocess.Popen[bytes]") -> None:
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):  # the child is gone, and with it what it had not yet read
                stream.close()
