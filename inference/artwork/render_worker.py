"""The child process in which SVGs are rendered: one SVG a request, see worker.py.

python -m inference.artwork.render_worker SECONDS BYTES     # started by renderer.py, not by people
"""

import sys

import resvg_py

from inference.artwork.worker import serve


def draw(data: bytes) -> bytes:
    """The SVG `data` as a PNG of the size that its root says; raises ValueError."""
    # system fonts: slow to find, and different on each machine
    return bytes(resvg_py.svg_to_bytes(svg_string=data.decode(), skip_system_fonts=True))


if __name__ == "__main__":
    serve(draw, int(sys.argv[1]), int(sys.argv[2]))
