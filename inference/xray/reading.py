"""From files to scans: `read_scan(files)` asks the formats, checks what they read, and computes attenuations.

(scan,) = read_scan([path.read_bytes()])                    # a TIFF of two pages, a DICOM file, a picture
(scan,) = read_scan([high, low], sidecar=json_bytes)        # two files of one view
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.decoding import DEFAULT_LIMITS, Limits, check_bytes
from inference.errors import UnsupportedImage
from inference.xray import checks
from inference.xray.errors import BadSidecar, MismatchedEnergies, WrongBitDepth
from inference.xray.formats.dicom import DicomReader
from inference.xray.formats.pictures import PictureReader
from inference.xray.formats.planes import HEAD, Planes, Reader
from inference.xray.formats.tiff import TiffReader
from inference.xray.scan import Attenuation, Counts, Remark, XrayScan, attenuation
from inference.xray.sidecar import Sidecar, read_sidecar

PLUGINS = "tidewaiter.xray_readers"  # entry points
PAIR = 2
NO_AIR = Remark(code="air_assumed", text="Nobody said how bright air is: the brightest of the margin was taken.")
NO_PITCH = Remark(code="no_pitch", text="Nobody said how large a pixel is: no sizes.")
NO_CURVES = Remark(code="no_calibration", text="The scanner's material calibration is missing: no materials.")
ONE_ENERGY = Remark(code="one_energy", text="Only one energy: no materials.")
COLOURS = Remark(
    code="screenshot", text="A coloured screenshot: brightness was taken for attenuation, colours are not trusted."
)
EIGHT_BITS = Remark(code="eight_bits", text="Only 256 levels: thick things look alike.")


@cache
def readers() -> tuple[Reader, ...]:
    """The formats of this house, and those that installed packages bring."""
    ours: tuple[Reader, ...] = (DicomReader(), TiffReader(), PictureReader())
    return ours + tuple(point.load()() for point in entry_points(group=PLUGINS))


def is_xray_file(data: bytes) -> bool:
    """Whether a file is of a format that only X-ray scans come in: TIFF, DICOM or a vendor's."""
    return any(reader.recognises(data[:HEAD]) for reader in readers() if not isinstance(reader, PictureReader))


def read_scan(
    files: Sequence[bytes],
    sidecar: bytes | str | None = None,
    *,
    limits: Limits = DEFAULT_LIMITS,
    fields: Sequence[str] = ("scan", "low"),
) -> tuple[XrayScan, ...]:
    """The views in one file, or the one view in two files, high first unless their sidecars say otherwise.

    `sidecar` is said of all of them; what a file says itself counts where it says nothing. Raises BadImage naming the
    file by its place in `fields`, and what is wrong with it.
    """
    if not 1 <= len(files) <= PAIR:
        raise MismatchedEnergies(f"{len(files)} files for one scan", field=fields[0], limit="one, or high and low")
    said = Sidecar() if sidecar is None else read_sidecar(sidecar)
    read = [_planes(data, limits, field) for data, field in zip(files, fields, strict=False)]
    views = read[0] if len(files) == 1 else [_paired(read[0], read[1], said, fields[0])]
    return tuple(scan_of(view, said, fields[0]) for view in views)


def _planes(data: bytes, limits: Limits, field: str) -> list[Planes]:
    check_bytes(data, limits, field)
    for reader in readers():
        if reader.recognises(data[:HEAD]):
            return reader.read(data, limits, field)
    names = ", ".join(reader.name for reader in readers())
    raise UnsupportedImage(f"{field} is of an unknown type (it begins with {data[:8]!r})", field=field, limit=names)


def _paired(first: list[Planes], second: list[Planes], said: Sidecar, field: str) -> Planes:
    """One view of two energies from two files of one energy each."""
    for own in (first, second):
        if len(own) != 1 or len(own[0].counts) != 1:
            raise MismatchedEnergies(f"{field}: each file of a pair must hold one energy", field=field, limit="1 image")
    high, low = first[0], second[0]
    if high.sidecar is not None and high.sidecar.channel == "low":
        high, low = low, high
    remarks = high.remarks + low.remarks
    return Planes(counts=high.counts + low.counts, bits=min(high.bits, low.bits), sidecar=high.sidecar, remarks=remarks)


def scan_of(planes: Planes, said: Sidecar, field: str) -> XrayScan:
    """Checked counts as attenuations, with all that is not known of them."""
    known = merged(said, planes.sidecar)
    counts = (grey_of(planes.colours),) if planes.colours is not None else planes.counts
    remarks = list(planes.remarks)
    if len(counts) == PAIR:
        checks.check_pair(counts[0], counts[1], field)
        if planes.bits < 16:
            raise WrongBitDepth(f"{field}: a pair of energies of {planes.bits} bits", field=field, limit="16 bits")
    for own in counts:
        checks.check_counts(own, field)
        checks.check_depth(own, bits=planes.bits, said=known.bits, air=known.air, field=field)
    counts, inverted = _upright(counts, known, planes.bits, field)
    for own in counts:
        remarks += checks.check_exposure(own, bits=known.bits or planes.bits, air=known.air, field=field)
    mended = [checks.mended(own, field) for own in counts]
    remarks += [remark for _, some in mended for remark in some]
    air = known.air if known.air is not None and not inverted else air_of(counts[0], known.bits or planes.bits)
    dark = known.dark or 0
    if dark >= air:
        raise BadSidecar(f"{field}: air is at {air:,}, dark at {dark:,}", field=field, limit="dark below air")
    levels = [_attenuation(own, air, dark, planes.bits) for own, _ in mended]
    if len(levels) == PAIR:
        checks.check_energies(levels[0], levels[1], field)
    remarks += _missing(known, planes, inverted=inverted)
    return XrayScan(
        high=levels[0],
        low=levels[1] if len(levels) == PAIR else None,
        counts=counts,
        air=air,
        dark=dark,
        pitch=known.pitch,
        curves=known.curves if len(levels) == PAIR else None,
        remarks=tuple(dict.fromkeys(remarks)),
    )


def merged(said: Sidecar, own: Sidecar | None) -> Sidecar:
    """What was said of a file, and where nothing was, what it says itself."""
    if own is None:
        return said
    names = ("view", "scanner", "channel", "air", "dark", "pitch", "polarity", "bits", "curves")
    return replace(own, **{name: getattr(said, name) for name in names if getattr(said, name) is not None})


def grey_of(colours: NDArray[np.uint8]) -> Counts:
    """How bright a screenshot (h, w, 3) is: colours say the material, their brightness how much comes through."""
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2LAB)[..., 0], np.uint16)


def air_of(counts: Counts, bits: int) -> int:
    """The count of air, of a scan of which nobody said it: that of the brighter half of its margin."""
    around = checks.margin(counts)
    bright = around[around >= np.median(around)]
    air = int(np.median(bright))
    full = (1 << bits) - 1
    return air if air > full // 4 else full  # a margin full of goods: nothing is known, nothing is brighter


def _upright(counts: tuple[Counts, ...], known: Sidecar, bits: int, field: str) -> tuple[tuple[Counts, ...], bool]:
    """The counts with air bright, and whether they were inverted. Raises InvertedPolarity if that was not said."""
    full = (1 << (known.bits or bits)) - 1
    if known.polarity == "inverted":
        return tuple(np.asarray(full - own, np.uint16) for own in counts), True
    if known.polarity is None:
        checks.check_polarity(counts[0], field)
    return counts, False


def _attenuation(counts: Counts, air: int, dark: int, bits: int) -> Attenuation:
    """Attenuation (h, w); where nothing was scanned it is that of air."""
    level = attenuation(counts, air, dark)
    level[checks.blank(counts, dark, bits)] = 0
    return level


def _missing(known: Sidecar, planes: Planes, *, inverted: bool) -> list[Remark]:
    """What nobody said."""
    pair = len(planes.counts) == PAIR
    remarks = [] if known.air is not None and not inverted else [NO_AIR]
    remarks += [] if known.pitch is not None else [NO_PITCH]
    remarks += [ONE_ENERGY] if not pair else [] if known.curves is not None else [NO_CURVES]
    remarks += [COLOURS] if planes.colours is not None else []
    return remarks + ([EIGHT_BITS] if planes.bits < 12 else [])
