"""The header of a TIFF, read without decoding a pixel: whether it is one picture, of a kind that is decoded, and whole.

Sources: TIFF 6.0 (Adobe, 1992), its Technical Notes 1 and 2 (old-style JPEG is not decoded, new-style JPEG is).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from inference.headers import BadHeader, UnsupportedHeader

Alpha = Literal["none", "straight", "premultiplied"]
Directory = dict[int, tuple[int, int, int]]  # tag -> type, number of values, offset of the first value

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two are of BigTIFF

_MOST_DIRECTORIES = 1000  # pages and thumbnails
_MOST_ENTRIES = 1000  # of a directory; about twenty are usual
_TYPES = {
    1: ("B", 1),
    3: ("H", 2),
    4: ("I", 4),
}  # BYTE, SHORT, LONG; nothing that is needed is of another
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}  # bytes of a value, by type

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _STRIPS = 254, 256, 257, 258, 259, 262, 273
_ORIENTATION, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR = 274, 277, 278, 279, 284
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES, _EXTRA, _FORMAT = 322, 323, 324, 325, 338, 339

_COMPRESSIONS = {
    **{1: "none", 2: "CCITT RLE", 3: "CCITT group 3", 4: "CCITT group 4", 5: "LZW", 7: "JPEG"},
    **{8: "Deflate", 32773: "PackBits", 32946: "Deflate"},
}
_FAX, _JPEG = (2, 3, 4), 7
_PHOTOMETRICS = {
    **{0: "grey (white is zero)", 1: "grey", 2: "RGB", 3: "palette", 4: "a mask", 5: "CMYK", 6: "YCbCr", 8: "CIELab"},
    **{9: "ICCLab", 10: "ITULab", 32803: "a sensor's raw pixels", 32844: "LogL", 32845: "LogLuv"},
}
_DEPTHS = {  # (photometric, samples of a pixel) -> bits of a sample that are decoded
    **{(0, 1): (1, 8, 16), (1, 1): (1, 8, 16), (2, 3): (8, 16), (2, 4): (8, 16), (3, 1): (4, 8), (6, 3): (8,)},
}


@dataclass(frozen=True, kw_only=True)
class Tiff:
    """What the only page of a TIFF says of itself."""

    width: int  # pixels, as it is shown
    height: int  # pixels, as it is shown
    alpha: Alpha  # how the decoder gives the colours beside alpha
    inverted: bool  # the decoder gives black for white
    directory: Directory


@dataclass(frozen=True, kw_only=True)
class _File:
    data: bytes
    order: str  # of bytes, as `struct` writes it

    def numbers(self, code: str, at: int, count: int = 1) -> tuple[int, ...]:
        """`count` unsigned numbers from offset `at`; raises BadHeader if they are not there."""
        if at + count * struct.calcsize(code) > len(self.data):
            raise BadHeader(f"the TIFF is incomplete: its header points to byte {at:,} of {len(self.data):,}")
        return struct.unpack_from(f"{self.order}{count}{code}", self.data, at)

    def values(self, directory: Directory, tag: int) -> tuple[int, ...]:
        """All values of `tag`, none if it is missing; raises BadHeader."""
        kind, count, at = directory.get(tag, (1, 0, 0))
        if kind not in _TYPES:
            raise BadHeader(f"tag {tag} of the TIFF is not a number but of type {kind}")
        return self.numbers(_TYPES[kind][0], at, count)

    def value(self, directory: Directory, tag: int, default: int) -> int:
        """The first value of `tag`, or `default`."""
        return (*self.values(directory, tag)[:1], default)[0]


def read_tiff(data: bytes) -> Tiff:
    """Read the header of a TIFF that holds one picture; raises BadHeader or UnsupportedHeader with the reason."""
    file = _file(data)
    directories = list(_directories(file))
    pages = [page for page in directories if not file.value(page, _SUBFILE, 0) & 1]  # bit 0: of reduced resolution
    if len(pages) > 1:
        raise UnsupportedHeader(f"the TIFF has {len(pages):,} pages; artwork is one picture, so save one page alone")
    if pages != directories[:1]:
        raise UnsupportedHeader("the first picture of the TIFF is one of reduced resolution; save the full one alone")
    return _page(file, pages[0])


def check_data(tiff: Tiff, data: bytes) -> None:
    """Check that all strips or tiles are there and inside the file; raises BadHeader or UnsupportedHeader."""
    file, page = _file(data), tiff.directory
    tiled = _TILES in page
    offsets, lengths = (_TILES, _TILE_BYTES) if tiled else (_STRIPS, _STRIP_BYTES)
    starts, sizes = file.values(page, offsets), file.values(page, lengths)
    needed = _parts(file, page, tiled)
    what = "tiles" if tiled else "strips"
    if len(starts) != needed or len(sizes) != needed:
        given = f"{len(starts):,} offsets and {len(sizes):,} lengths"
        raise BadHeader(f"the TIFF needs {needed:,} {what} and gives {given} of them")
    for number, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        if start < 8 or size < 1 or start + size > len(data):
            where = f"{what[:-1]} {number} is at byte {start:,} + {size:,} of {len(data):,}"
            raise BadHeader(f"the TIFF is incomplete: {where}")
    if file.value(page, _COMPRESSION, 1) == 1 and sum(sizes) < _pixel_bytes(file, page):
        raise BadHeader(f"the TIFF needs {_pixel_bytes(file, page):,} bytes of pixels and has {sum(sizes):,}")


def _file(data: bytes) -> _File:
    if data[:4] in SIGNATURES[2:]:
        raise UnsupportedHeader("it is a BigTIFF; save it as a plain TIFF")
    return _File(data=data, order="<" if data[:2] == b"II" else ">")


def _directories(file: _File) -> Iterator[Directory]:
    """Yield the directories in their order; raises BadHeader for a loop, UnsupportedHeader for absurdly many."""
    seen: set[int] = set()
    (at,) = file.numbers("I", 4)
    if at == 0:
        raise BadHeader("the TIFF holds no picture")
    while at:
        if at in seen:
            raise BadHeader(f"the pages of the TIFF go in a circle: the one at byte {at:,} follows itself")
        if len(seen) == _MOST_DIRECTORIES:
            raise UnsupportedHeader(f"the TIFF has more than {_MOST_DIRECTORIES:,} pages; artwork is one picture")
        seen.add(at)
        (entries,) = file.numbers("H", at)
        yield _directory(file, at + 2, entries)
        (at,) = file.numbers("I", at + 2 + 12 * entries)


def _directory(file: _File, at: int, entries: int) -> Directory:
    if not 1 <= entries <= _MOST_ENTRIES:
        raise BadHeader(f"a page of the TIFF has {entries:,} tags; from 1 to {_MOST_ENTRIES:,} are expected")
    directory: Directory = {}
    for entry in range(at, at + 12 * entries, 12):
        tag, kind = file.numbers("H", entry, 2)
        (count,) = file.numbers("I", entry + 4)
        if tag in directory:  # decoders differ in which of the two they believe
            raise BadHeader(f"a page of the TIFF has tag {tag} twice")
        inside = count * _SIZES.get(kind, 8) <= 4  # then the value itself is where else its offset would be
        directory[tag] = (kind, count, entry + 8 if inside else file.numbers("I", entry + 8)[0])
    return directory


def _page(file: _File, page: Directory) -> Tiff:
    """Judge the kind of picture; its size is for the caller to judge."""
    width, height = file.value(page, _WIDTH, 0), file.value(page, _HEIGHT, 0)
    if file.value(page, _ORIENTATION, 1) >= 5:  # lies on its side; the decoder turns it
        width, height = height, width
    compression, photometric = file.value(page, _COMPRESSION, 1), file.value(page, _PHOTOMETRIC, -1)
    if compression not in _COMPRESSIONS:
        known = ", ".join(dict.fromkeys(_COMPRESSIONS.values()))
        raise UnsupportedHeader(f"the TIFF's compression is number {compression}; decoded are {known}")
    samples = file.value(page, _SAMPLES, 1)
    bits = _bits(file, page, samples)
    _check_kind(photometric, samples, bits, compression)
    if bits == 16 and samples > 1 and file.value(page, _PLANAR, 1) != 1:
        raise UnsupportedHeader("the TIFF keeps its 16-bit colours in planes; save it with interleaved channels")
    alpha = _alpha(file, page, bits) if samples == 4 else "none"
    # 8 bits and fewer are turned by libtiff, 16 are given as they are
    return Tiff(width=width, height=height, alpha=alpha, inverted=photometric == 0 and bits == 16, directory=page)


def _bits(file: _File, page: Directory, samples: int) -> int:
    """Bits of a sample; the same for all, and whole numbers."""
    bits, formats = file.values(page, _BITS) or (1,), file.values(page, _FORMAT) or (1,)
    if set(formats) != {1}:
        raise UnsupportedHeader("the TIFF holds signed or floating-point samples; save it with 8 or 16 bits a channel")
    if len(set(bits)) > 1 or len(bits) not in (1, samples):
        raise UnsupportedHeader(f"the TIFF has {samples} channels of {', '.join(map(str, bits[:8]))} bits")
    return bits[0]


def _check_kind(photometric: int, samples: int, bits: int, compression: int) -> None:
    name = _PHOTOMETRICS.get(photometric, f"of photometric kind {photometric}")
    sound = bits in _DEPTHS.get((photometric, samples), ())
    if compression in _FAX:
        sound = sound and bits == 1
    if compression == _JPEG or photometric == 6:
        sound = sound and compression == _JPEG and bits == 8 and photometric != 3
    if not sound:
        given = f"{name}, {samples} x {bits} bits, {_COMPRESSIONS[compression]}"
        decoded = "grey, palette, RGB or RGBA of 8 bits, grey, RGB or RGBA of 16, or black and white"
        raise UnsupportedHeader(f"the TIFF is {given}; decoded are {decoded}")


def _alpha(file: _File, page: Directory, bits: int) -> Alpha:
    """How the fourth channel comes: libtiff multiplies 8-bit colours by it, 16-bit ones come as they are."""
    kind = file.value(page, _EXTRA, 0)  # 0 (or nothing): not said; then nobody touches the colours
    if kind == 0:
        return "straight"
    return "premultiplied" if kind == 1 or bits == 8 else "straight"


def _parts(file: _File, page: Directory, tiled: bool) -> int:
    """How many strips or tiles the picture has; raises BadHeader or UnsupportedHeader."""
    width, height = file.value(page, _WIDTH, 0), file.value(page, _HEIGHT, 0)
    planes = file.value(page, _SAMPLES, 1) if file.value(page, _PLANAR, 1) == 2 else 1
    if not tiled:
        rows = min(file.value(page, _ROWS, height), height)
        if rows < 1:
            raise BadHeader("the strips of the TIFF have no rows")
        return -(-height // rows) * planes
    across, down = file.value(page, _TILE_WIDTH, 0), file.value(page, _TILE_HEIGHT, 0)
    if across < 16 or down < 16 or across % 16 or down % 16:
        raise BadHeader(f"the tiles of the TIFF are {across}x{down}; their sides must be multiples of 16")
    if across > 2 * width + 1024 or down > 2 * height + 1024:  # a tile is decoded whole, however small the picture
        raise UnsupportedHeader(f"the tiles of the TIFF are {across}x{down}, for a picture of {width}x{height}")
    return -(-width // across) * -(-height // down) * planes


def _pixel_bytes(file: _File, page: Directory) -> int:
    """Bytes of the pixels where they are not compressed; rows are padded to whole bytes."""
    bits = file.value(page, _BITS, 1) * file.value(page, _SAMPLES, 1)
    return -(-file.value(page, _WIDTH, 0) * bits // 8) * file.value(page, _HEIGHT, 0)
