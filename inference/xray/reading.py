"""From files to scans: `read_scan(files)` asks the formats, checks what they read, and computes attenuations.

(scan,) = read_scan([path.read_bytes()])                    # a TIFF of two pages, a DICOM file, a picture
(scan,) = read_scan([high, low], sidecar=json_bytes)        # two files of one view
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import entry_points
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.decoding import DEFAULT_LIMITS, Limits, check_bytes
from inference.errors import ImageTooLarge, UnsupportedImage
from inference.vocabulary import Remark
from inference.xray import checks, detectors
from inference.xray.errors import BadSidecar, MismatchedEnergies, WrongBitDepth
from inference.xray.formats.dicom import DicomReader
from inference.xray.formats.pictures import PictureReader
from inference.xray.formats.planes import HEAD, Planes, Reader
from inference.xray.formats.tiff import TiffReader
from inference.xray.scan import Attenuation, Counts, XrayScan, attenuation
from inference.xray.sidecar import Each, Sidecar, read_sidecar

PLUGINS = "tidewaiter.xray_readers"  # entry points
PAIR = 2
NO_AIR = Remark(code="air_assumed", text="Nobody said how bright air is: the brightest of the margin was taken.")
FULL_SCALE = Remark(
    code="air_full_scale",
    text="Nobody said how bright air is, and none is in the margin: the highest count was taken. No masses.",
)
NO_PITCH = Remark(code="no_pitch", text="How large a pixel is, is not known: no sizes.")
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
    if len(files) == 1:
        return tuple(scan_of(view, said, fields[0]) for view in read[0])
    for planes, field in zip(read, fields, strict=False):
        _check_single(planes, field)
    pixels = sum(planes[0].counts[0].size for planes in read)
    if pixels > limits.max_pixels:
        limit = f"at most {limits.max_pixels:,} pixels"
        raise ImageTooLarge(f"{fields[0]}: both files have {pixels:,} pixels", field=fields[0], limit=limit)
    return (scan_of(_paired(read[0][0], read[1][0], fields[0]), said, fields[0]),)


def _planes(data: bytes, limits: Limits, field: str) -> list[Planes]:
    check_bytes(data, limits, field)
    for reader in readers():
        if reader.recognises(data[:HEAD]):
            return reader.read(data, limits, field)
    names = ", ".join(reader.name for reader in readers())
    raise UnsupportedImage(f"{field} is of an unknown type (it begins with {data[:8]!r})", field=field, limit=names)


def _paired(first: Planes, second: Planes, field: str) -> Planes:
    """One view of two energies from two files of one energy each, high first unless they say otherwise."""
    names = [None if own.sidecar is None else own.sidecar.channel for own in (first, second)]
    if names[0] is not None and names[0] == names[1]:
        raise MismatchedEnergies(f"{field}: both files say that they are {names[0]}", field=field, limit="high and low")
    high, low = (second, first) if names[0] == "low" or names[1] == "high" else (first, second)
    remarks = tuple(remark for remark in high.remarks + low.remarks if remark.code != ONE_ENERGY.code)
    sidecar = _agreed(high.sidecar, low.sidecar, field)
    return Planes(counts=high.counts + low.counts, bits=min(high.bits, low.bits), sidecar=sidecar, remarks=remarks)


def _check_single(planes: Sequence[Planes], field: str) -> None:
    """Refuse a file of a pair that holds more than one energy."""
    if len(planes) != 1 or len(planes[0].counts) != 1:
        raise MismatchedEnergies(f"{field}: each file of a pair must hold one energy", field=field, limit="1 image")


def _agreed(high: Sidecar | None, low: Sidecar | None, field: str) -> Sidecar | None:
    """What both files of a pair say, each of its own counts; a file that says nothing takes the other's word."""
    high, low = high or low, low or high
    if high is None or low is None:
        return None
    for name in ("polarity", "bits", "pitch"):
        said = getattr(high, name), getattr(low, name)
        if None not in said and said[0] != said[1]:
            text = f"{field}: of high {name} is said to be {said[0]}, of low {said[1]}"
            raise MismatchedEnergies(text, field=field, limit="equal")
    (air, dark), (low_air, low_dark) = high.level(0), low.level(1)
    return replace(merged(high, low), channel=None, air=_each(air, low_air), dark=_each(dark, low_dark))


def _each(high: int | None, low: int | None) -> Each | None:
    return None if high is None and low is None else (high, low)


def scan_of(planes: Planes, said: Sidecar, field: str) -> XrayScan:
    """Checked counts as attenuations, with all that is not known of them."""
    known = merged(said, planes.sidecar)
    counts = (grey_of(planes.colours),) if planes.colours is not None else planes.counts
    _check(counts, planes.bits, known, field)
    counts, known = _upright(counts, known, planes.bits, field)
    levels = _levels(counts, known, planes.bits, field)
    remarks = list(planes.remarks)
    for own, level in zip(counts, levels, strict=True):
        air = level.air if level.source == "said" else None
        remarks += checks.check_exposure(own, bits=known.bits or planes.bits, air=air, field=field)
    attenuations, mending = _attenuations(counts, levels, planes.bits, field)
    remarks += mending
    if len(attenuations) == PAIR:
        checks.check_airs(attenuations[0], attenuations[1], field)
        checks.check_energies(attenuations[0], attenuations[1], field)
    return XrayScan(
        high=attenuations[0],
        low=attenuations[1] if len(attenuations) == PAIR else None,
        counts=counts,
        air=levels[0].air,
        dark=levels[0].dark,
        air_known=all(level.source != "full scale" for level in levels),
        pitch=known.pitch,
        curves=known.curves if len(attenuations) == PAIR else None,
        remarks=tuple(dict.fromkeys(remarks + _missing(known, planes, levels))),
        said=known,
    )


def merged(said: Sidecar, own: Sidecar | None) -> Sidecar:
    """What was said of a file, and where nothing was, what it says itself."""
    if own is None:
        return said
    names = ("view", "scanner", "channel", "air", "dark", "pitch", "polarity", "bits", "curves")
    return replace(own, **{name: getattr(said, name) for name in names if getattr(said, name) is not None})


def _check(counts: tuple[Counts, ...], bits: int, known: Sidecar, field: str) -> None:
    """Refuse images that are too small, no pair, empty, or of another depth than said."""
    for own in counts:
        checks.check_size(own, field)
    if len(counts) == PAIR:
        checks.check_pair(counts[0], counts[1], field)
        if bits < 16:
            raise WrongBitDepth(f"{field}: a pair of energies of {bits} bits", field=field, limit="16 bits")
        if known.channel is not None:
            text = f"{field}: channel {known.channel!r} is said of both energies"
            raise BadSidecar(text, field=field, limit="said by a file that holds one of them")
    for own in counts:
        checks.check_counts(own, field)
    checks.check_said_depth(counts, bits=bits, said=known.bits, air=known.air is not None, field=field)
    for energy, own in enumerate(counts):
        air = known.level(_place(energy, known))[0] if known.polarity != "inverted" else None
        checks.check_depth(own, bits=bits, said=known.bits, air=air, field=field)


def _place(energy: int, known: Sidecar) -> int:
    """Which of the two counts that are said, of high and low, is that of an image: a single one may be the low."""
    return 1 if known.channel == "low" else energy


@dataclass(frozen=True, kw_only=True)
class Level:
    """The counts of air and of darkness of one energy, and who says so of air."""

    air: int
    dark: int
    source: Literal["said", "margin", "full scale"]


def _levels(counts: tuple[Counts, ...], known: Sidecar, bits: int, field: str) -> list[Level]:
    """The level of each energy: their detectors may be as bright as they like. Raises BadSidecar, WrongAir."""
    levels = []
    for energy, own in enumerate(counts):
        air, dark = known.level(_place(energy, known))
        level = _level(own, air, dark or 0, known.bits or bits)
        if level.dark >= level.air:
            text = f"{field}: air is at {level.air:,}, dark at {level.dark:,}"
            raise BadSidecar(text, field=field, limit="dark below air")
        levels.append(level)
    return levels


def _level(counts: Counts, air: int | None, dark: int, bits: int) -> Level:
    if air is not None:
        return Level(air=air, dark=dark, source="said")
    measured, source = air_of(counts, bits)
    return Level(air=measured, dark=dark, source=source)


def grey_of(colours: NDArray[np.uint8]) -> Counts:
    """How bright a screenshot (h, w, 3) is: colours say the material, their brightness how much comes through."""
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2LAB)[..., 0], np.uint16)


def air_of(counts: Counts, bits: int) -> tuple[int, Literal["margin", "full scale"]]:
    """The count of air, of a scan of which nobody said it: that of the brighter half of its margin.

    Of a margin full of goods nothing is known, but that nothing is brighter than the highest count.
    """
    air, full = checks.brightness(counts), (1 << bits) - 1
    if air <= full // 4 or checks.brighter(counts, air):
        return full, "full scale"
    return air, "margin"


def _upright(counts: tuple[Counts, ...], known: Sidecar, bits: int, field: str) -> tuple[tuple[Counts, ...], Sidecar]:
    """The counts with air bright, and what is said of them so. Raises InvertedPolarity, BadSidecar."""
    if known.polarity == "inverted":
        return _turned(counts, known, bits, field)
    if known.polarity is None:
        checks.check_polarity(counts[0], field)
    return counts, known


def _turned(counts: tuple[Counts, ...], known: Sidecar, bits: int, field: str) -> tuple[tuple[Counts, ...], Sidecar]:
    """Inverted counts the right way up, and air and dark with them."""
    full = (1 << (known.bits or bits)) - 1
    for name, said in (("air", known.air), ("dark", known.dark)):
        if said is not None and max(own or 0 for own in said) > full:
            raise BadSidecar(f"{field}: {name} is said to be {said}", field=field, limit=f"at most {full:,}")
    turned = tuple(np.asarray(full - own, np.uint16) for own in counts)
    if known.air is None:
        checks.check_turned(turned[0], full, field)
    return turned, known.turned(full)


def _attenuations(
    counts: tuple[Counts, ...], levels: Sequence[Level], bits: int, field: str
) -> tuple[list[Attenuation], list[Remark]]:
    """The attenuation (h, w) of each energy, and what was mended; where nothing was scanned it is that of air."""
    dark = [detectors.dark_lines(own, level.air, level.dark) for own, level in zip(counts, levels, strict=True)]
    border = detectors.borders(dark)
    answer, remarks = [], []
    for own, level, dim in zip(counts, levels, dark, strict=True):
        sound, said = detectors.mended(own, dim, border, field)
        if level.source == "said":
            checks.check_air(sound, level.air, level.dark, field)
        nothing = detectors.blank(sound, level.dark, bits, border)
        answer.append(attenuation(sound, level.air, level.dark))
        answer[-1][nothing] = 0
        remarks += [*said, *_blank(float(nothing.mean()))]
    return answer, remarks


def _blank(share: float) -> list[Remark]:
    text = f"Blank borders or corners, {share:.1%} of the scan, were taken for air."
    return [Remark(code="blank", text=text)] if share else []


def _missing(known: Sidecar, planes: Planes, levels: Sequence[Level]) -> list[Remark]:
    """What nobody said."""
    pair, sources = len(planes.counts) == PAIR, {level.source for level in levels}
    remarks = [NO_AIR] if "margin" in sources else []
    remarks += [FULL_SCALE] if "full scale" in sources else []
    remarks += [] if known.pitch is not None else [NO_PITCH]
    remarks += [ONE_ENERGY] if not pair else [] if known.curves is not None else [NO_CURVES]
    remarks += [COLOURS] if planes.colours is not None else []
    return remarks + ([EIGHT_BITS] if planes.bits < 12 else [])
