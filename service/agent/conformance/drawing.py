"""Images to try a service with, drawn here."""

import io
import random
import struct
import zlib

from PIL import Image, ImageDraw


def photograph(seed: int) -> bytes:
    """A JPEG (640 x 480) of coloured blocks; another one for each seed."""
    draw = random.Random(seed)
    image = Image.new("RGB", (640, 480), _colour(draw))
    canvas = ImageDraw.Draw(image)
    for _ in range(12):
        left, top = draw.randrange(560), draw.randrange(400)
        canvas.rectangle((left, top, left + draw.randrange(20, 80), top + draw.randrange(20, 80)), fill=_colour(draw))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()


def truncated() -> bytes:
    """A JPEG that breaks off in the middle, as when its writer was interrupted."""
    whole = photograph(0)
    return whole[: len(whole) // 2]


def bomb(side: int = 30_000) -> bytes:
    """A PNG of few kilobytes that is `side` x `side` pixels: one bit each, all black."""
    row = b"\0" + bytes((side + 7) // 8)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    body = zlib.compress(row * 64, 9)  # so little of it that nobody can be hurt
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _colour(draw: random.Random) -> tuple[int, int, int]:
    return draw.randrange(256), draw.randrange(256), draw.randrange(256)
