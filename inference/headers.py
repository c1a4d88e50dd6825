"""The headers of JPEG, PNG and WebP, read without decoding a pixel.

Sources: PNG and its animations (W3C Recommendation, third edition), WebP container (RFC 9649), JPEG markers (T.81).
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import simplejpeg

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_MAX_SCANS = 100  # of a progressive JPEG: encoders write about ten; each scan costs a pass over the whole image
_PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}  # the chunks that make pixels
_PNG_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}  # by colour type
_WEBP_ANIMATED = 0x02  # flag of VP8X


class BadHeader(ValueError):
    """The file is damaged or incomplete."""


class UnsupportedHeader(ValueError):
    """The file is sound, but of a kind that is not decoded."""


@dataclass(frozen=True, kw_only=True)
class Png:
    """A PNG whose chunks were all checked; `core` holds only the chunks that make pixels."""

    width: int
    height: int
    core: bytes
    has_alpha: bool
    transparent_grey: int  # the decoded level of grey that is transparent; -1 if there is none


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Return (width, height) in pixels; raises BadHeader, or UnsupportedHeader for absurdly many scans."""
    try:
        height, width, _, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError as error:
        raise BadHeader("its JPEG header cannot be read; the file is incomplete or not a JPEG") from error
    # 0xFF is always followed by 0x00 or RSTn inside a scan, so this counts scans (and those of a thumbnail)
    scans = data.count(b"\xff\xda")
    if scans > _MAX_SCANS:
        raise UnsupportedHeader(f"the JPEG has {scans:,} scans; at most {_MAX_SCANS} are allowed")
    return int(width), int(height)


def png_size(data: bytes) -> tuple[int, int]:
    """Return (width, height) in pixels from the header chunk alone; raises BadHeader."""
    width, height = struct.unpack(">II", _png_header(data)[:8])
    return width, height


def _png_header(data: bytes) -> bytes:
    """Return the 13 bytes of IHDR, its checksum, colour type and depth checked."""
    if len(data) < 33 or data[8:16] != b"\0\0\0\x0dIHDR":
        raise BadHeader("the PNG does not begin with a complete IHDR chunk")
    body = data[16:29]
    if zlib.crc32(data[12:29]) != int.from_bytes(data[29:33], "big"):
        raise BadHeader("the checksum of the PNG's IHDR chunk is wrong")
    depth, colour = body[8], body[9]
    if depth not in _PNG_DEPTHS.get(colour, ()):
        raise BadHeader(f"a PNG of colour type {colour} with {depth} bits does not exist")
    return body


def read_png(data: bytes) -> Png:
    """Walk all chunks, check their checksums and that the file ends with IEND; raises BadHeader.

    Text, colour profiles, EXIF and animation frames are left out of `core`, so that no decoder meets them.
    """
    header = _png_header(data)
    width, height, depth, colour = struct.unpack(">IIBB", header[:10])
    parts, kinds, transparency = [PNG_SIGNATURE], set(), b""
    for kind, chunk in _png_chunks(data):
        kinds.add(kind)
        if kind in _PNG_KEPT:
            parts.append(chunk)
        if kind == b"tRNS":
            transparency = chunk[8:-4]
    if b"IDAT" not in kinds:
        raise BadHeader("the PNG has no IDAT chunk")
    grey = -1
    if colour == 0 and len(transparency) == 2:
        level = int.from_bytes(transparency, "big")
        grey = level * (255 // (2**depth - 1)) if depth < 8 else level  # as the decoder scales 1, 2 and 4 bits
    has_alpha = colour in (4, 6) or b"tRNS" in kinds
    return Png(width=width, height=height, core=b"".join(parts), has_alpha=has_alpha, transparent_grey=grey)


def png_frames(data: bytes) -> int:
    """How many frames the animation of a PNG has, 0 if it is a still picture; raises BadHeader."""
    for kind, chunk in _png_chunks(data):
        if kind == b"acTL":
            return int.from_bytes(chunk[8:12], "big")
        if kind == b"IDAT":  # what comes after it does not animate
            return 0
    return 0


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (kind, whole chunk) up to and with IEND; what follows IEND is ignored, as all decoders do."""
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            break
        kind = data[at + 4 : at + 8]
        if zlib.crc32(memoryview(data)[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise BadHeader(f"the checksum of a PNG {kind.decode('ascii', 'replace')} chunk is wrong")
        yield kind, data[at:end]
        if kind == b"IEND":
            return
        at = end
    raise BadHeader("the PNG is incomplete: it ends before its IEND chunk")


def webp_size(data: bytes) -> tuple[int, int]:
    """Return (width, height) in pixels from VP8, VP8L or VP8X; raises BadHeader or UnsupportedHeader."""
    declared = int.from_bytes(data[4:8], "little") + 8
    if declared > len(data):
        raise BadHeader(f"the WebP is incomplete: it should have {declared:,} bytes and has {len(data):,}")
    kind, body = _webp_chunk(data, 12)
    if kind != b"VP8X":
        return _webp_frame(kind, body)
    if len(body) < 10:
        raise BadHeader("the VP8X chunk of the WebP is too short")
    if body[0] & _WEBP_ANIMATED:
        raise UnsupportedHeader("the WebP is animated; only still images are accepted")
    canvas = (int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1)
    frame = _webp_frame(*_find_frame(data))
    if frame != canvas:
        raise BadHeader(f"the WebP says it is {canvas[0]}x{canvas[1]} but holds an image of {frame[0]}x{frame[1]}")
    return canvas


def _find_frame(data: bytes) -> tuple[bytes, memoryview]:
    at = 12
    while at + 8 <= len(data):
        kind, body = _webp_chunk(data, at)
        if kind in (b"VP8 ", b"VP8L"):
            return kind, body
        at += 8 + len(body) + len(body) % 2  # chunks are padded to an even length
    raise BadHeader("the WebP holds no image")


def _webp_chunk(data: bytes, at: int) -> tuple[bytes, memoryview]:
    kind = data[at : at + 4]
    length = int.from_bytes(data[at + 4 : at + 8], "little")
    body = memoryview(data)[at + 8 : at + 8 + length]
    if len(kind) < 4 or len(body) < length:
        raise BadHeader("the WebP ends in the middle of a chunk")
    return kind, body


def _webp_frame(kind: bytes, body: memoryview) -> tuple[int, int]:
    if kind == b"VP8 " and len(body) >= 10 and bytes(body[3:6]) == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF  # the two highest bits are a scale, not the size
    if kind == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    raise BadHeader("the WebP holds no image that can be read")


SIZES: dict[str, Callable[[bytes], tuple[int, int]]] = {
    "image/jpeg": jpeg_size,
    "image/png": png_size,
    "image/webp": webp_size,
}
