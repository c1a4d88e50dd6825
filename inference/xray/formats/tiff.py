"""TIFF: one page of counts for each energy, high first, 16 or 8 bits, with a sidecar in the first page's description.

The directories are read, and the strips taken and inflated here, to no more than the size that they should have.
Uncompressed and Deflate, which lose nothing; libtiff, whose list of faults is long, is not used.
"""

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inference.decoding import Limits, check_bytes, check_size
from inference.errors import BrokenImage, ImageTooLarge, UnsupportedImage
from inference.xray.errors import CompressedPixels, MismatchedEnergies, WrongBitDepth
from inference.xray.formats.directories import Page, pages_of
from inference.xray.formats.planes import Planes
from inference.xray.sidecar import KEY, read_sidecar

SIGNATURES = (b"II*\0", b"MM\0*")
PLAIN, DEFLATE = (1,), (8, 32946)
DIFFERENCES = 2  # predictor: each count is stored as its difference to the one before
MOST_PAGES = 2
_DAMAGE = (ValueError, struct.error, zlib.error)  # what damaged directories and strips raise


class TiffReader:
    """Reads TIFFs of counts."""

    name = "TIFF"

    def recognises(self, head: bytes) -> bool:
        """See `planes.Reader`."""
        return head[:4] in SIGNATURES

    def read(self, data: bytes, limits: Limits, field: str) -> list[Planes]:
        """See `planes.Reader`."""
        check_bytes(data, limits, field)
        try:
            pages = pages_of(data, MOST_PAGES, field)
            for page in pages:
                _judge(page, limits, field)
            _judge_together(pages, limits, field)
            order = "<" if data[:2] == b"II" else ">"
            counts = tuple(_counts(page, data, order, field) for page in pages)
        except _DAMAGE as error:
            raise BrokenImage(f"{field} is damaged: {_first_line(error)}", field=field) from error
        said = pages[0].description
        sidecar = read_sidecar(said, f"{field}.description") if f'"{KEY}"' in said else None
        return [Planes(counts=counts, bits=pages[0].bits, sidecar=sidecar)]


def _judge(page: Page, limits: Limits, field: str) -> None:
    """Refuse what is too large or not decoded, before any pixel is."""
    check_size(page.width, page.height, limits, field)
    if page.samples != 1 or page.photometric not in (0, 1) or page.tiled:
        raise UnsupportedImage(f"{field}: pages must be grey and in strips", field=field, limit="1 sample per pixel")
    if page.bits not in (8, 16) or page.sample_format != 1:
        raise WrongBitDepth(
            f"{field} has {page.bits} bits per pixel, format {page.sample_format}", field=field,
            limit="8 or 16 bits, unsigned",
        )  # fmt: skip
    if page.compression not in (*PLAIN, *DEFLATE) or page.predictor not in (1, DIFFERENCES):
        raise CompressedPixels(f"{field} is compressed by {page.compression}", field=field, limit="none or Deflate")


def _judge_together(pages: Sequence[Page], limits: Limits, field: str) -> None:
    """Refuse pages that are not alike, or too large together: all of them are kept at once."""
    depths, sizes = [page.bits for page in pages], [f"{page.width}x{page.height}" for page in pages]
    if len(set(depths)) > 1:
        text = f"{field}: its pages have {' and '.join(map(str, depths))} bits"
        raise WrongBitDepth(text, field=field, limit="equal")
    if len(set(sizes)) > 1:
        raise MismatchedEnergies(f"{field}: high is {sizes[0]}, low is {sizes[1]} pixels", field=field, limit="equal")
    pixels = sum(page.width * page.height for page in pages)
    if pixels > limits.max_pixels:
        limit = f"at most {limits.max_pixels:,} pixels"
        raise ImageTooLarge(f"{field} has {pixels:,} pixels in {len(pages)} pages", field=field, limit=limit)


def _counts(page: Page, data: bytes, order: str, field: str) -> NDArray[np.uint16]:
    """The counts (h, w) of a page, from its strips."""
    h, w, size = page.height, page.width, page.bits // 8
    left = h * w * size
    parts = []
    for offset, length in page.strips:
        strip = data[offset : offset + length]
        if len(strip) < length:
            raise BrokenImage(f"{field} is incomplete: it ends within its pixels", field=field)
        if page.compression in DEFLATE:
            strip = zlib.decompressobj().decompress(strip, left) if left else b""  # its checksum is looked at too
        parts.append(strip[:left])
        left -= len(parts[-1])
    if left:
        raise BrokenImage(f"{field} is incomplete: {left:,} bytes of its pixels are missing", field=field)
    counts = np.frombuffer(b"".join(parts), f"{order}u{size}").reshape(h, w)
    if page.predictor == DIFFERENCES:
        counts = np.cumsum(counts, 1, dtype=counts.dtype.newbyteorder("="))
    if page.photometric == 0:  # white is zero
        counts = (1 << page.bits) - 1 - counts
    return counts.astype(np.uint16)


def _first_line(error: Exception) -> str:
    if isinstance(error, struct.error):
        return "a directory lies beyond its end"
    return (str(error).strip().splitlines() or ["its directories cannot be read"])[0][:200]
