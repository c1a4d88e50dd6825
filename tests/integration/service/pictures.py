"""Pictures for the tests, drawn here: fictitious marks, photographs of them, and ugly files."""

import struct
import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.vocabulary import Image

SVG_WITH_REFERENCE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="red"/>'
    b'<image href="http://127.0.0.1:1/x.png" width="5" height="5"/></svg>'
)


def mark(seed: int) -> Image:
    """A mark of coloured blocks (128, 128, 3) RGB; each seed is another one."""
    blocks = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    return np.asarray(cv2.resize(blocks, (128, 128), interpolation=cv2.INTER_NEAREST), np.uint8)


def png(image: Image) -> bytes:
    """The image as a PNG file."""
    return encoded(image, ".png")


def jpeg(image: Image) -> bytes:
    """The image as a JPEG file."""
    return encoded(image, ".jpg")


def photograph(seed: int, side: int = 240, tint: int = 0) -> bytes:
    """A JPEG of mark `seed`; `tint` (0 to 40) makes another photograph of the same mark."""
    large = cv2.resize(mark(seed), (side, side), interpolation=cv2.INTER_NEAREST)
    return jpeg(np.clip(large.astype(np.int16) + tint, 0, 255).astype(np.uint8))


def encoded(image: NDArray[np.uint8], ending: str) -> bytes:
    fine, data = cv2.imencode(ending, image[..., ::-1])
    assert fine
    return data.tobytes()


def vast_png(width: int = 20_000, height: int = 20_000) -> bytes:
    """A real PNG of this size in few bytes: one bit a pixel, all black."""
    row = b"\0" + bytes((width + 7) // 8)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(row * height, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
