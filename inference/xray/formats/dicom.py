"""DICOM, and its sibling for testing of materials, DICONDE (ASTM E2339): uncompressed grey images; frames are views.

pydicom reads the data set; the counts are taken from its bytes here, after their number was judged. Deflated files and
compressed pixels are named and refused: a few bytes of them can stand for any number of pixels.
"""

import io
import logging
import struct
from collections.abc import Sequence

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_preamble
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from inference.decoding import Limits, check_bytes, check_size
from inference.errors import BrokenImage, ImageTooLarge, UnsupportedImage
from inference.vocabulary import Remark
from inference.xray.errors import BadSidecar, CompressedPixels, NoPixelData, WrongBitDepth
from inference.xray.formats.planes import Planes
from inference.xray.sidecar import PITCHES, Polarity, Sidecar

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE  # we judge what we use, and nothing warns
logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # it quotes the file; our errors say what is wrong with it

PREAMBLE = 128  # bytes before the letters DICM
PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
GREY = ("MONOCHROME1", "MONOCHROME2")
SIDES = 2  # of a pixel: how far rows and columns are apart
SQUARE = 0.01  # relative difference of the sides of a pixel that is square
POLARITIES: dict[int, Polarity] = {1: "transmission", -1: "inverted"}  # by PixelIntensityRelationshipSign
MOST_VIEWS = 8
_DAMAGE = (  # what pydicom raises on damaged files: bytes of one were changed at random to find out
    InvalidDicomError, BytesLengthException, ValueError, LookupError, AttributeError, TypeError, EOFError, OSError,
    ArithmeticError, RuntimeError, struct.error, Warning,  # RuntimeError: too deeply nested; not implemented
)  # fmt: skip


class DicomReader:
    """Reads DICOM files of counts."""

    name = "DICOM"

    def recognises(self, head: bytes) -> bool:
        """See `planes.Reader`."""
        return head[PREAMBLE : PREAMBLE + 4] == b"DICM"

    def read(self, data: bytes, limits: Limits, field: str) -> list[Planes]:
        """See `planes.Reader`."""
        check_bytes(data, limits, field)
        try:
            _check_transfer(data, field)
            file = pydicom.dcmread(io.BytesIO(data))
            frames, bits = _frames(file, limits, field)
            sidecar, remarks = _said(file, field)
        except _DAMAGE as error:
            text = (str(error).strip().splitlines() or ["its data set cannot be read"])[0][:200]
            raise BrokenImage(f"{field} is damaged: {text}", field=field) from error
        return [Planes(counts=(own,), bits=bits, sidecar=sidecar, remarks=remarks) for own in frames]


def _check_transfer(data: bytes, field: str) -> None:
    """Refuse compression by the file's first group alone: the rest of a deflated file is not even looked at."""
    stream = io.BytesIO(data)
    read_preamble(stream, force=False)
    meta = pydicom.filereader._read_file_meta_info(stream)  # noqa: SLF001 - the public one wants a path
    syntax = meta.get("TransferSyntaxUID")
    if syntax is None:
        raise BrokenImage(f"{field} is damaged: it does not say how its data are written", field=field)
    if syntax not in PLAIN:
        raise CompressedPixels(f"{field} is written as {syntax.name[:80]}", field=field, limit="no compression")


def _frames(file: pydicom.Dataset, limits: Limits, field: str) -> tuple[list[NDArray[np.uint16]], int]:
    """The counts (h, w) of each frame, and the bits of a count."""
    if "PixelData" not in file:
        raise NoPixelData(f"{field} has no pixel data", field=field, limit="a DICOM image")
    h, w, frames = int(file.Rows), int(file.Columns), int(file.get("NumberOfFrames") or 1)
    check_size(w, h, limits, field)
    if not 1 <= frames <= MOST_VIEWS or frames * h * w > limits.max_pixels:
        raise ImageTooLarge(f"{field} has {frames} frames of {w}x{h} pixels", field=field, limit=f"{MOST_VIEWS} frames")
    kind = str(file.get("PhotometricInterpretation", ""))
    if kind not in GREY or int(file.get("SamplesPerPixel", 1)) != 1:
        raise UnsupportedImage(f"{field} is {kind[:32] or 'of no known colours'}", field=field, limit=", ".join(GREY))
    allocated, stored = int(file.BitsAllocated), int(file.get("BitsStored", file.BitsAllocated))
    if allocated not in (8, 16) or not 8 <= stored <= allocated or int(file.get("PixelRepresentation", 0)):
        text = f"{field} has {stored} of {allocated} bits per pixel"
        raise WrongBitDepth(text, field=field, limit="8 to 16 bits, unsigned")
    needed = frames * h * w * allocated // 8
    pixels = bytes(file.PixelData)
    if len(pixels) < needed:
        raise BrokenImage(f"{field} is incomplete: {len(pixels):,} of {needed:,} bytes of pixels", field=field)
    order = "<" if file.original_encoding[1] else ">"
    counts = np.frombuffer(pixels[:needed], f"{order}u{allocated // 8}").reshape(frames, h, w).astype(np.uint16)
    return list(counts), stored


def _said(file: pydicom.Dataset, field: str) -> tuple[Sidecar, tuple[Remark, ...]]:
    """What the data set says about its counts."""
    _check_linear(file, field)
    polarity = _polarity(file, field)
    pitch, unequal = _pitch(file, field)
    view = str(file.get("ViewPosition") or "")[:64].strip() or None
    remarks = [Remark(code="one_energy", text="DICOM says nothing of a second energy: no materials."), *unequal]
    if polarity is None and file.PhotometricInterpretation == "MONOCHROME1":
        # how it is to be shown, white for nothing, which is how bones are looked at; not how it was counted
        text = "MONOCHROME1 says how the scan is shown, and nobody which counts are air: high ones were taken for it."
        remarks.append(Remark(code="polarity_assumed", text=text))
    return Sidecar(polarity=polarity, pitch=pitch, view=view), tuple(remarks)


def _check_linear(file: pydicom.Dataset, field: str) -> None:
    """Refuse what are no counts: logarithms, and numbers that are counts only after some rescaling."""
    relationship = str(file.get("PixelIntensityRelationship") or "LIN").strip()
    if relationship.upper() != "LIN":
        text = f"{field} holds no counts, but {relationship[:16]!r} of them"
        raise UnsupportedImage(text, field=field, limit="PixelIntensityRelationship LIN")
    slope, intercept = file.get("RescaleSlope"), file.get("RescaleIntercept")
    same = float(1 if slope is None else slope) == 1 and float(intercept or 0) == 0
    if not same or "ModalityLUTSequence" in file:
        text = f"{field} holds no counts, but what they are rescaled from"
        raise UnsupportedImage(text, field=field, limit="RescaleSlope 1, RescaleIntercept 0, no Modality LUT")


def _polarity(file: pydicom.Dataset, field: str) -> Polarity | None:
    """Whether more counts are more X-rays, or fewer; None if the file does not say."""
    sign = file.get("PixelIntensityRelationshipSign")
    if sign is None:
        return None
    if int(sign) not in POLARITIES:
        text = f"{field}: its PixelIntensityRelationshipSign is {int(sign)}"
        raise UnsupportedImage(text, field=field, limit="1 or -1")
    return POLARITIES[int(sign)]


def _pitch(file: pydicom.Dataset, field: str) -> tuple[float | None, list[Remark]]:
    """The side of a pixel in mm, judged as a sidecar's; None if nobody said, or if pixels are not square."""
    spacing = file.get("ImagerPixelSpacing") or file.get("PixelSpacing")
    if spacing is None:
        return None, []
    sides = [float(side) for side in spacing] if isinstance(spacing, Sequence) else [float(spacing)]
    if len(sides) != SIDES or not all(PITCHES[0] <= side <= PITCHES[1] for side in sides):
        limit = f"two numbers, {PITCHES[0]:g} to {PITCHES[1]:g} mm"
        raise BadSidecar(f"{field}: its pixel spacing is {str(sides)[:60]}", field=field, limit=limit)
    if abs(sides[0] - sides[1]) > SQUARE * sides[0]:
        text = f"Pixels are not square but {sides[0]:g} x {sides[1]:g} mm: no sizes."
        return None, [Remark(code="not_square", text=text)]
    return sides[0], []
