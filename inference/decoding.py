"""Bytes to pixels, bounded: the header is read and judged before any pixel is decoded.

JPEG, PNG and WebP become (H, W, 3) uint8 RGB. Pixels come as they are stored: EXIF orientation is not applied, so
boxes are in the pixels of the file. Transparency is composited on white. A damaged or incomplete file is an error,
never half an image. On any bytes at all only the errors named here are raised.

    image = decode(path.read_bytes(), limits=Limits(max_pixels=20_000_000))
"""

from dataclasses import dataclass
from typing import Literal, cast

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from inference import headers
from inference.errors import BrokenImage, EmptyImage, ImageTooLarge, UnsupportedImage
from inference.vocabulary import Image

MediaType = Literal["image/jpeg", "image/png", "image/webp"]

_BLOCK = 256  # rows composited at a time: bounds the memory of the 16-bit products
_OTHER_TYPES = (  # said by name, because "not supported" without the name is a riddle
    (b"GIF8", 0, "a GIF"),
    (b"BM", 0, "a BMP"),
    (b"II*\0", 0, "a TIFF"),
    (b"MM\0*", 0, "a TIFF"),
    (b"%PDF", 0, "a PDF"),
    (b"ftypheic", 4, "a HEIC"),
    (b"ftypavif", 4, "an AVIF"),
    (b"<svg", 0, "an SVG"),
)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a decoder may be asked to do: bytes of the file, pixels of the image, pixels of its longer side."""

    max_bytes: int = 32 * 2**20
    max_pixels: int = 50_000_000
    max_side: int = 16_384

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_pixels", "max_side"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True)
class Header:
    """What an image says of itself before its pixels are decoded."""

    media_type: MediaType
    width: int  # pixels
    height: int  # pixels


DEFAULT_LIMITS = Limits()


def sniff(data: bytes, *, limits: Limits = DEFAULT_LIMITS, field: str = "image") -> Header:
    """Return the type and size of `data` if both are allowed; decode nothing.

    Raises EmptyImage, UnsupportedImage, ImageTooLarge or BrokenImage; `field` names the input in the error.
    """
    check_bytes(data, limits, field)
    media_type = _media_type(data, field)
    try:
        width, height = headers.SIZES[media_type](data)
    except headers.BadHeader as error:
        raise BrokenImage(f"{field} is damaged: {error}", field=field) from error
    except headers.UnsupportedHeader as error:
        raise UnsupportedImage(f"{field} cannot be decoded: {error}", field=field) from error
    check_size(width, height, limits, field)
    return Header(media_type=media_type, width=width, height=height)


def decode(data: bytes, *, limits: Limits = DEFAULT_LIMITS, field: str = "image") -> Image:
    """Return the pixels of `data`, (H, W, 3) uint8 RGB, as stored: EXIF orientation is not applied.

    Raises EmptyImage, UnsupportedImage, ImageTooLarge or BrokenImage; `field` names the input in the error.
    """
    pixels = _decode(data, limits, field)
    return pixels if pixels.shape[2] == 3 else _on_white(pixels)


def decode_with_alpha(data: bytes, *, limits: Limits = DEFAULT_LIMITS, field: str = "image") -> NDArray[np.uint8]:
    """Return the pixels of `data`, (H, W, 4) uint8 RGBA with straight alpha; errors as `decode`."""
    pixels = _decode(data, limits, field)
    if pixels.shape[2] == 4:
        return pixels
    return cast(NDArray[np.uint8], cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA))  # (H, W, 3) -> (H, W, 4)


def _decode(data: bytes, limits: Limits, field: str) -> NDArray[np.uint8]:
    """Return (H, W, 3) RGB or (H, W, 4) RGBA; the size is that of the header, which was checked."""
    header = sniff(data, limits=limits, field=field)
    decoder = {"image/jpeg": _decode_jpeg, "image/png": _decode_png, "image/webp": _decode_webp}[header.media_type]
    try:
        pixels = decoder(data)
    except headers.BadHeader as error:
        raise BrokenImage(f"{field} is damaged: {error}", field=field) from error
    except (ValueError, cv2.error) as error:  # the decoders' own words for damaged data
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "it cannot be decoded"
        raise BrokenImage(f"{field} is damaged or incomplete: {reason}", field=field) from error
    if pixels.shape[:2] != (header.height, header.width):
        expected, actual = f"{header.width}x{header.height}", f"{pixels.shape[1]}x{pixels.shape[0]}"
        raise BrokenImage(f"{field} is damaged: its header says {expected} but it decodes to {actual}", field=field)
    return np.ascontiguousarray(pixels)


def _decode_jpeg(data: bytes) -> NDArray[np.uint8]:
    # strict: libjpeg otherwise fills the missing rest of a truncated file with grey and only warns
    return cast(NDArray[np.uint8], simplejpeg.decode_jpeg(data, colorspace="RGB", strict=True))


def _decode_png(data: bytes) -> NDArray[np.uint8]:
    png = headers.read_png(data)
    if not png.has_alpha:
        # also turns grey, palette and 16 bits into 8-bit RGB, without a 16-bit copy of the whole image
        return _imdecode(png.core, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    pixels = _imdecode(png.core, cv2.IMREAD_UNCHANGED)
    if pixels.ndim == 2:  # grey with one transparent level: OpenCV leaves that level opaque
        alpha = np.where(pixels == png.transparent_grey, 0, 255).astype(np.uint8)  # (H, W)
        grey = _to_8_bits(pixels)
        return np.dstack([grey, grey, grey, alpha])  # (H, W, 4)
    return _bgr_to_rgb(_to_8_bits(pixels))


def _decode_webp(data: bytes) -> NDArray[np.uint8]:
    return _bgr_to_rgb(_imdecode(data, cv2.IMREAD_UNCHANGED))


def _imdecode(data: bytes, flags: int) -> NDArray[np.uint8]:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if pixels is None:
        raise ValueError("the pixel data cannot be decoded")
    return cast(NDArray[np.uint8], pixels)


def _to_8_bits(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels
    return cast(NDArray[np.uint8], cv2.convertScaleAbs(pixels, alpha=1 / 257))  # 65535 -> 255


def _bgr_to_rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    code = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return cast(NDArray[np.uint8], cv2.cvtColor(pixels, code))


def _on_white(pixels: NDArray[np.uint8]) -> Image:
    image = np.empty((*pixels.shape[:2], 3), np.uint8)  # (H, W, 4) -> (H, W, 3)
    for top in range(0, len(pixels), _BLOCK):
        block = pixels[top : top + _BLOCK].astype(np.uint16)
        alpha = block[..., 3:]
        image[top : top + _BLOCK] = (block[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return image


def _media_type(data: bytes, field: str) -> MediaType:
    if data[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if data[:8] == headers.PNG_SIGNATURE:
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    names = (name for magic, offset, name in _OTHER_TYPES if data[offset : offset + len(magic)] == magic)
    name = next(names, f"of an unknown type (it begins with {data[:8]!r})")
    detail = f"{field} is {name}; only JPEG, PNG and WebP images are accepted"
    raise UnsupportedImage(detail, field=field, limit="image/jpeg, image/png, image/webp")


def check_bytes(data: bytes, limits: Limits, field: str) -> None:
    """Raise EmptyImage or ImageTooLarge if `data` has no bytes or too many."""
    if not data:
        raise EmptyImage(f"{field} is empty: 0 bytes", field=field)
    if len(data) > limits.max_bytes:
        raise _too_large(field, len(data), limits.max_bytes, "bytes")


def check_size(width: int, height: int, limits: Limits, field: str) -> None:
    """Raise BrokenImage or ImageTooLarge if an image of this size, in pixels, is none or too large."""
    if width < 1 or height < 1:
        raise BrokenImage(f"{field} is damaged: its header says it is {width}x{height} pixels", field=field)
    if width * height > limits.max_pixels:
        raise _too_large(field, width * height, limits.max_pixels, "pixels")
    if max(width, height) > limits.max_side:
        raise _too_large(field, max(width, height), limits.max_side, "pixels on its longer side")


def _too_large(field: str, actual: int, allowed: int, unit: str) -> ImageTooLarge:
    limit = f"at most {allowed:,} {unit}"
    return ImageTooLarge(f"{field} has {actual:,} {unit}; {limit} are allowed", field=field, limit=limit)
