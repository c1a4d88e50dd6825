"""TIFF: one page of counts for each energy, high first, 16 or 8 bits, with a sidecar in the first page's description.

tifffile reads the directories; the strips are taken and inflated here, to no more than the size that they should have.
Uncompressed and Deflate, which lose nothing; libtiff, whose list of faults is long, is not used.
"""

import io
import logging
import struct
import zlib

import numpy as np
import tifffile
from numpy.typing import NDArray

from inference.decoding import Limits, check_bytes, check_size
from inference.errors import BrokenImage, UnsupportedImage
from inference.xray.errors import CompressedPixels, WrongBitDepth
from inference.xray.formats.planes import Planes
from inference.xray.sidecar import KEY, read_sidecar

logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # it quotes the file; our errors say what is wrong with it

SIGNATURES = (b"II*\0", b"MM\0*")
PLAIN, DEFLATE = (1,), (8, 32946)
DIFFERENCES = 2  # predictor: each count is stored as its difference to the one before
MOST_PAGES = 2
MOST_STRIPS = 65_536
_DAMAGE = (  # what tifffile and zlib raise on damaged files: bytes of one were changed at random to find out
    tifffile.TiffFileError, ValueError, KeyError, IndexError, AttributeError, TypeError, OSError, RuntimeError,
    OverflowError, MemoryError, struct.error, zlib.error,
)  # fmt: skip


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
            with tifffile.TiffFile(io.BytesIO(data)) as file:
                pages = _pages(file, field)
                for page in pages:
                    _judge(page, limits, field)
                counts = tuple(_counts(page, data, field) for page in pages)
                said = pages[0].description.strip()
                bits = pages[0].bitspersample
        except _DAMAGE as error:
            raise BrokenImage(f"{field} is damaged: {_first_line(error)}", field=field) from error
        sidecar = read_sidecar(said, f"{field}.description") if f'"{KEY}"' in said else None
        return [Planes(counts=counts, bits=bits, sidecar=sidecar)]


def _pages(file: tifffile.TiffFile, field: str) -> list[tifffile.TiffPage]:
    pages: list[tifffile.TiffPage] = []
    for page in file.pages:
        if len(pages) == MOST_PAGES:
            limit = f"{MOST_PAGES} pages, high and low"
            raise UnsupportedImage(f"{field} has more than {MOST_PAGES} pages", field=field, limit=limit)
        pages.append(page.aspage())
    if not pages:
        raise BrokenImage(f"{field} is damaged: it has no page", field=field)
    return pages


def _judge(page: tifffile.TiffPage, limits: Limits, field: str) -> None:
    """Refuse what is too large or not decoded, before any pixel is."""
    check_size(page.imagewidth, page.imagelength, limits, field)
    if page.samplesperpixel != 1 or page.photometric not in (0, 1) or page.is_tiled:
        raise UnsupportedImage(f"{field}: pages must be grey and in strips", field=field, limit="1 sample per pixel")
    if page.bitspersample not in (8, 16) or page.sampleformat != 1:
        raise WrongBitDepth(
            f"{field} has {page.bitspersample} bits per pixel, format {page.sampleformat}", field=field,
            limit="8 or 16 bits, unsigned",
        )  # fmt: skip
    if page.compression not in (*PLAIN, *DEFLATE) or page.predictor not in (1, DIFFERENCES):
        name = getattr(page.compression, "name", page.compression)
        raise CompressedPixels(f"{field} is compressed by {name}", field=field, limit="none or Deflate")
    if len(page.dataoffsets) > MOST_STRIPS:
        raise UnsupportedImage(f"{field} has {len(page.dataoffsets):,} strips", field=field, limit=f"{MOST_STRIPS:,}")


def _counts(page: tifffile.TiffPage, data: bytes, field: str) -> NDArray[np.uint16]:
    """The counts (h, w) of a page, from its strips."""
    h, w, size = page.imagelength, page.imagewidth, page.bitspersample // 8
    left = h * w * size
    parts = []
    for offset, length in zip(page.dataoffsets, page.databytecounts, strict=True):
        strip = data[offset : offset + length]
        if len(strip) < length:
            raise BrokenImage(f"{field} is incomplete: it ends within its pixels", field=field)
        if page.compression in DEFLATE:
            strip = zlib.decompressobj().decompress(strip, left) if left else b""  # its checksum is looked at too
        parts.append(strip[:left])
        left -= len(parts[-1])
    if left:
        raise BrokenImage(f"{field} is incomplete: {left:,} bytes of its pixels are missing", field=field)
    order = page.parent.byteorder
    counts = np.frombuffer(b"".join(parts), f"{order}u{size}").reshape(h, w)
    if page.predictor == DIFFERENCES:
        counts = np.cumsum(counts, 1, dtype=counts.dtype.newbyteorder("="))
    if page.photometric == 0:  # white is zero
        counts = (1 << page.bitspersample) - 1 - counts
    return counts.astype(np.uint16)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["its directories cannot be read"])[0][:200]
