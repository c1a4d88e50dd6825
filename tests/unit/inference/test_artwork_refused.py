"""Artwork that shows nothing, moves, is huge or is damaged: refused in words that say what and why."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.artwork import rasterise as rasterising
from inference.artwork.rasterise import LIMITS, rasterise
from inference.errors import BadArtwork

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{}</svg>'


def encoded(extension: str, pixels: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(extension, pixels)[1].tobytes())


def flat(channels: int = 3, level: int = 200) -> NDArray[np.uint8]:
    pixels = np.full((40, 60, channels), level, np.uint8)
    pixels[..., 3:] = 255
    return pixels


def halves() -> NDArray[np.uint8]:
    pixels = flat()
    pixels[:, 32:] = 20
    return pixels


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def animated_png(frames: int, *, late: bool = False) -> bytes:
    """A PNG with an acTL chunk; `late` is after its pixels, where it has no meaning."""
    data, control = encoded(".png", halves()), chunk(b"acTL", struct.pack(">II", frames, 0))
    at = len(data) - 12 if late else 33
    return data[:at] + control + data[at:]


def animated_webp() -> bytes:
    """Two frames of one picture: VP8X with its flag, ANIM and two ANMF."""
    still = encoded(".webp", halves())[12:]
    size = struct.pack("<I", 59)[:3] + struct.pack("<I", 39)[:3]
    frame = bytes(6) + size + b"\x64\0\0\0" + still
    chunks = b"VP8X\x0a\0\0\0\x02\0\0\0" + size + b"ANIM\x06\0\0\0" + bytes(6)
    chunks += (b"ANMF" + struct.pack("<I", len(frame)) + frame) * 2
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def refused(data: bytes) -> BadArtwork:
    with pytest.raises(BadArtwork) as caught:
        rasterise(data, name="art")
    assert caught.value.detail.startswith("art ")
    assert caught.value.field == "artwork"
    return caught.value


@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_one_flat_colour_is_blank(extension: str, channels: int) -> None:
    if channels == 4 and extension == ".jpg":
        channels = 3
    assert "is blank: it is one flat colour all over (#" in refused(encoded(extension, flat(channels))).detail


@pytest.mark.parametrize("colour", ["#fff", "#c80000"])
def test_a_drawing_of_its_ground_alone_is_blank(colour: str) -> None:
    assert "is blank" in refused(SVG.format(f'<rect width="100" height="100" fill="{colour}"/>').encode()).detail


def test_the_flat_colour_is_named() -> None:
    assert refused(encoded(".png", flat(level=0x12))).detail == "art is blank: it is one flat colour all over (#121212)"


def test_five_levels_of_one_channel_are_not_flat() -> None:
    pixels = flat()
    pixels[7, 9, 1] -= 4
    assert "is blank" in refused(encoded(".png", pixels)).detail
    pixels[7, 9, 1] -= 1
    assert rasterise(encoded(".png", pixels), name="a").shape == (171, 256, 4)


def test_a_shape_of_one_colour_on_transparency_is_fine() -> None:
    pixels = flat(4)
    pixels[:, 30:, 3] = 0
    assert (rasterise(encoded(".png", pixels), name="a") == (200, 200, 200, 255)).all()
    pixels[..., 3] = 254  # see-through, so not all of it is said by its colour
    assert rasterise(encoded(".png", pixels), name="a").shape == (171, 256, 4)


@pytest.mark.parametrize("extension", [".png", ".webp", ".tiff"])
def test_what_is_all_transparent_shows_nothing(extension: str) -> None:
    assert "art shows nothing: every pixel of it is transparent" in refused(encoded(extension, flat(4) * 0)).detail


def test_an_animated_png_is_refused_with_its_frames() -> None:
    assert "the PNG is animated (12 frames); only still images are accepted" in refused(animated_png(12)).detail
    assert rasterise(animated_png(12, late=True), name="a").shape == (171, 256, 4)


def test_an_animated_webp_is_refused() -> None:
    assert cv2.imdecodeanimation(np.frombuffer(animated_webp(), np.uint8))[0]  # it is one
    assert "the WebP is animated; only still images are accepted" in refused(animated_webp()).detail


@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp", ".tiff"])
def test_huge_artwork_is_refused_with_the_limit(extension: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(extension, halves())
    assert "at most 16,777,216 bytes are allowed" in refused(data + bytes(LIMITS.max_bytes)).detail
    monkeypatch.setattr(rasterising, "LIMITS", type(LIMITS)(max_bytes=len(data), max_pixels=2399))
    error = refused(data)
    assert error.detail == "art has 2,400 pixels; at most 2,399 pixels are allowed"
    assert error.limit == "at most 2,399 pixels"


@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp", ".tiff"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_truncated_artwork_is_damaged(extension: str, share: float) -> None:
    data = encoded(extension, np.random.default_rng(5).integers(0, 256, (60, 90, 3), dtype=np.uint8))
    detail = refused(data[: int(share * len(data))]).detail
    assert "damaged" in detail or "incomplete" in detail
    assert "artwork may also be" not in detail  # it was known what it is


@pytest.mark.parametrize("data", [b"GIF89a" + bytes(20), b"\0", b"a text", b"PK\3\4" + bytes(30)])
def test_other_types_are_refused_with_all_that_are_allowed(data: bytes) -> None:
    error = refused(data)
    assert "only JPEG, PNG and WebP images are accepted (artwork may also be an SVG, a TIFF or a PDF)" in error.detail
    assert error.limit == "image/jpeg, image/png, image/webp, image/svg+xml, image/tiff, application/pdf"


def test_no_bytes_are_refused() -> None:
    assert refused(b"").detail == "art is empty: 0 bytes"
