"""TIFF artwork to (H, W, 4) RGBA: the header is judged here, the pixels are decoded in a child (tiff_worker.py)."""

import numpy as np
from numpy.typing import NDArray

from inference.artwork.renderer import Renderer
from inference.artwork.tiff_header import SIGNATURES, Tiff, check_data, read_tiff
from inference.decoding import Limits, check_bytes, check_size, decode_with_alpha
from inference.errors import BrokenImage, UnsupportedImage
from inference.headers import BadHeader, UnsupportedHeader

Rgba = NDArray[np.uint8]  # (H, W, 4), straight alpha

_BLOCK = 256  # rows straightened at a time: bounds the memory of the wider products
_DECODER = Renderer(worker="inference.artwork.tiff_worker", max_memory=2 * 2**30)  # starts nothing until the first TIFF


def is_tiff(data: bytes) -> bool:
    """Whether `data` begins as a TIFF does, of either byte order, BigTIFF included."""
    return data[:4] in SIGNATURES


def decode_tiff(data: bytes, *, limits: Limits, name: str, decoder: Renderer = _DECODER) -> Rgba:
    """Return the only page of the TIFF `data` as (H, W, 4) uint8 RGBA, turned as its orientation says.

    `name` is used in messages. Raises UnsupportedImage, ImageTooLarge or BrokenImage from the header alone, and
    BadArtwork or BrokenImage if its pixels cannot be decoded.
    """
    tiff = _checked(data, limits, name)
    png = decoder.draw(data, name=name)
    pixels = decode_with_alpha(png, limits=Limits(max_bytes=len(png), max_pixels=limits.max_pixels), field=name)
    if pixels.shape[:2] != (tiff.height, tiff.width):
        expected, actual = f"{tiff.width}x{tiff.height}", f"{pixels.shape[1]}x{pixels.shape[0]}"
        raise BrokenImage(f"{name} is damaged: its header says {expected} but it decodes to {actual}", field=name)
    if tiff.inverted:
        pixels[..., :3] = 255 - pixels[..., :3]
    if tiff.alpha == "premultiplied":
        _straighten(pixels)
    return pixels


def _checked(data: bytes, limits: Limits, name: str) -> Tiff:
    """The header, its size and its strips judged, in the order in which they are cheap to judge."""
    check_bytes(data, limits, name)
    try:
        tiff = read_tiff(data)
        check_size(tiff.width, tiff.height, limits, name)
        check_data(tiff, data)
    except BadHeader as error:
        raise BrokenImage(f"{name} is damaged: {error}", field=name) from error
    except UnsupportedHeader as error:
        raise UnsupportedImage(f"{name} cannot be decoded: {error}", field=name) from error
    return tiff


def _straighten(pixels: Rgba) -> None:
    """Divide the colours of (H, W, 4) by alpha, in place."""
    for top in range(0, len(pixels), _BLOCK):
        block = pixels[top : top + _BLOCK]  # a view
        alpha = np.maximum(block[..., 3:].astype(np.uint16), 1)
        block[..., :3] = np.minimum((block[..., :3] * np.uint16(255) + alpha // 2) // alpha, 255)
