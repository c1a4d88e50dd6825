"""The child process in which SVGs are rendered: reads requests from stdin, answers on stdout, ends with its parent.

    python -m inference.artwork.render_worker SECONDS BYTES     # started by renderer.py, not by people

A request is a length (8 bytes, big-endian) and the SVG; an answer is b"+" or b"-", a length, and a PNG or a reason.
"""

import resource
import signal
import sys
from typing import BinaryIO

import resvg_py


def main(seconds: int, max_memory: int) -> None:
    """Serve until stdin ends. A drawing that takes too long or too much ends the process, by signal or abort."""
    resource.setrlimit(resource.RLIMIT_AS, (max_memory, max_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while size := requests.read(8):
        svg = requests.read(int.from_bytes(size, "big")).decode()
        signal.alarm(seconds)  # not handled, so it ends the process even in the middle of native code
        _answer(answers, *_render(svg))
        signal.alarm(0)


def _render(svg: str) -> tuple[bytes, bytes]:
    try:
        # system fonts: slow to find, and different on each machine
        return b"+", bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))
    except ValueError as error:
        return b"-", str(error).encode()


def _answer(answers: BinaryIO, status: bytes, body: bytes) -> None:
    answers.write(status + len(body).to_bytes(8, "big") + body)
    answers.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
