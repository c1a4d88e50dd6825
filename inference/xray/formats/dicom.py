"""DICOM, and its sibling for testing of materials, DICONDE (ASTM E2339): uncompressed grey images; frames are views.

pydicom reads the data set; the counts are taken from its bytes here, after their number was judged. Deflated files and
compressed pixels are named and refused: a few bytes of them can stand for any number of pixels.
"""

import io
import logging
import struct

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_preamble
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from inference.decoding import Limits, check_bytes, check_size
from inference.errors import BrokenImage, ImageTooLarge, UnsupportedImage
from inference.xray.errors import CompressedPixels, NoPixelData, WrongBitDepth
from inference.xray.formats.planes import Planes
from inference.xray.scan import Remark
from inference.xray.sidecar import Polarity, Sidecar

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE  # we judge what we use, and nothing warns
logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # it quotes the file; our errors say what is wrong with it

PREAMBLE = 128  # bytes before the letters DICM
PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
GREY = ("MONOCHROME1", "MONOCHROME2")
MOST_VIEWS = 8
_DAMAGE = (  # what pydicom raises on damaged files: bytes of one were changed at random to find out
    InvalidDicomError, ValueError, KeyError, IndexError, AttributeError, TypeError, EOFError, OSError,
    NotImplementedError, OverflowError, struct.error, Warning,
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
    """What the data set says about its counts. Logarithms instead of counts are refused."""
    if str(file.get("PixelIntensityRelationship", "LIN")) == "LOG":
        raise UnsupportedImage(
            f"{field} holds logarithms of counts", field=field, limit="PixelIntensityRelationship LIN"
        )
    sign = file.get("PixelIntensityRelationshipSign")
    polarity: Polarity | None = None if sign is None else "transmission" if int(sign) == 1 else "inverted"
    spacing = file.get("ImagerPixelSpacing") or file.get("PixelSpacing")
    pitch = None if not spacing else float(spacing[0])
    view = str(file.get("ViewPosition") or "")[:64].strip() or None
    remarks = (Remark(code="one_energy", text="DICOM says nothing of a second energy: no materials."),)
    return Sidecar(polarity=polarity, pitch=pitch, view=view), remarks
