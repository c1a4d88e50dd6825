"""A TIFF's directories, read by hand: of each page the few tags that its counts need, no value larger than it may be.

tifffile reads every tag there is: 400 descriptions that all point at the same 4 MB of a file took 1.6 GB.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.errors import UnsupportedImage
from inference.xray.sidecar import LONGEST

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, DESCRIPTION = 256, 257, 258, 259, 262, 270
OFFSETS, SAMPLES, LENGTHS, PREDICTOR, TILE_WIDTH, FORMAT = 273, 277, 279, 317, 322, 339
SIZES = {1: 1, 2: 1, 3: 2, 4: 4}  # bytes of a BYTE, an ASCII letter, a SHORT, a LONG
ENTRY = 12  # bytes
MOST_TAGS = 1024
MOST_STRIPS = 65_536
_UNSAID = -1

Tags = dict[int, tuple[int, int, int]]  # tag -> type, number of values, where they are in the file


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a directory says of one page; `strips` are the places and lengths in the file of its pixels."""

    width: int
    height: int
    bits: int
    compression: int
    photometric: int  # -1 if the file does not say
    samples: int
    predictor: int
    sample_format: int
    tiled: bool
    description: str
    strips: tuple[tuple[int, int], ...]


def pages_of(data: bytes, most: int, field: str) -> list[Page]:
    """The pages of a TIFF, at most `most`. Raises UnsupportedImage, or ValueError or struct.error if it is damaged."""
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    pages: list[Page] = []
    while at:
        if len(pages) == most:
            raise UnsupportedImage(f"{field} has more than {most} pages", field=field, limit=f"{most} pages")
        tags, at = _tags(data, order, at)
        pages.append(_Directory(data, order, tags, field).page())
    if not pages:
        raise ValueError("it has no page")
    return pages


def _tags(data: bytes, order: str, at: int) -> tuple[Tags, int]:
    """The entries of the directory at a place, and the place of the next, 0 if there is none."""
    (count,) = struct.unpack_from(f"{order}H", data, at)
    if count > MOST_TAGS:
        raise ValueError(f"a directory has {count:,} entries")
    tags: Tags = {}
    for entry in range(at + 2, at + 2 + ENTRY * count, ENTRY):
        tag, kind, length = struct.unpack_from(f"{order}HHI", data, entry)
        inline = SIZES.get(kind, ENTRY) * length <= struct.calcsize("I")
        place = entry + 8 if inline else struct.unpack_from(f"{order}I", data, entry + 8)[0]
        tags.setdefault(tag, (kind, length, place))
    (following,) = struct.unpack_from(f"{order}I", data, at + 2 + ENTRY * count)
    return tags, int(following)


class _Directory:
    """Takes values out of one directory, and no more of them than there may be."""

    def __init__(self, data: bytes, order: str, tags: Tags, field: str) -> None:
        self._data, self._order, self._tags, self._field = data, order, tags, field

    def page(self) -> Page:
        return Page(
            width=self._one(WIDTH, 0),
            height=self._one(HEIGHT, 0),
            bits=self._one(BITS, 1),
            compression=self._one(COMPRESSION, 1),
            photometric=self._one(PHOTOMETRIC, _UNSAID),
            samples=self._one(SAMPLES, 1),
            predictor=self._one(PREDICTOR, 1),
            sample_format=self._one(FORMAT, 1),
            tiled=TILE_WIDTH in self._tags,
            description=self._description(),
            strips=tuple(zip(self._strips(OFFSETS), self._strips(LENGTHS), strict=True)),
        )

    def _one(self, tag: int, default: int) -> int:
        """The first value of a tag: of several, as of the depths of colours, the others are the same."""
        if tag not in self._tags:
            return default
        kind, _, place = self._tags[tag]
        return self._numbers(kind, 1, place)[0]

    def _strips(self, tag: int) -> Sequence[int]:
        kind, length, place = self._tags.get(tag, (4, 0, 0))
        if length > MOST_STRIPS:
            raise UnsupportedImage(f"{self._field} has {length:,} strips", field=self._field, limit=f"{MOST_STRIPS:,}")
        return self._numbers(kind, length, place)

    def _numbers(self, kind: int, length: int, place: int) -> Sequence[int]:
        if kind not in (1, 3, 4):
            raise ValueError(f"numbers are written as type {kind}")
        found: list[int] = np.frombuffer(self._data, f"{self._order}u{SIZES[kind]}", length, place).tolist()
        return found

    def _description(self) -> str:
        """The page's description, as much of it as is enough to see that it is too long for a sidecar."""
        kind, length, place = self._tags.get(DESCRIPTION, (2, 0, 0))
        if kind != 2:
            return ""
        text = self._data[place : place + min(length, LONGEST + 1)]
        return text.split(b"\0", 1)[0].decode("utf-8", "replace")
