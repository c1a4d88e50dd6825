"""What the children that draw artwork have in common: requests on stdin, answers on stdout, limits, an end.

A request is a length (8 bytes, big-endian) and a file; an answer is b"+" or b"-", a length, and a PNG or a reason.
"""

import resource
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

Draw = Callable[[bytes], bytes]  # a file -> its PNG; raises ValueError with the reason


def serve(draw: Draw, seconds: int, max_memory: int) -> None:
    """Serve until stdin ends. A drawing that takes too long or too much ends the process, by signal or abort."""
    resource.setrlimit(resource.RLIMIT_AS, (max_memory, max_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a worker writes to its pipe, never to a file
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while size := requests.read(8):
        data = requests.read(int.from_bytes(size, "big"))
        signal.alarm(seconds)  # not handled, so it ends the process even in the middle of native code
        _answer(answers, *_drawn(draw, data, max_memory))
        signal.alarm(0)


def _drawn(draw: Draw, data: bytes, max_memory: int) -> tuple[bytes, bytes]:
    try:
        return b"+", draw(data)
    except MemoryError:
        return b"-", f"it needs more memory than {max_memory // 2**20:,} MiB".encode()
    except ValueError as error:
        return b"-", str(error).encode()


def _answer(answers: BinaryIO, status: bytes, body: bytes) -> None:
    answers.write(status + len(body).to_bytes(8, "big") + body)
    answers.flush()
