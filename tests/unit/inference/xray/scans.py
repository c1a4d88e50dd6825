"""Small scans for tests: a plate and a bottle on a belt, as counts and as files."""

import io
import json

import cv2
import numpy as np
import pydicom
import tifffile
from numpy.typing import NDArray
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

AIR = 58_000
Counts = NDArray[np.uint16]


def pair(shape: tuple[int, int] = (120, 160), seed: int = 0) -> tuple[Counts, Counts]:
    """Counts of the high and the low energy: metal and plastic in air, with noise."""
    rng = np.random.default_rng(seed)
    high = np.zeros(shape, np.float32)
    high[20:70, 20:90] += 0.5
    high[50:100, 60:140] += 0.3
    low = high.copy()
    low[20:70, 20:90] += 0.45
    low[50:100, 60:140] += 0.04
    noisy = [np.exp(-own) * AIR + rng.normal(0, 120, shape) for own in (high, low)]
    return tuple(np.clip(np.rint(own), 0, 65_535).astype(np.uint16) for own in noisy)  # type: ignore[return-value]


def sidecar(**changes: object) -> str:
    document: dict[str, object] = {
        "tidewaiter_xray": 1,
        "air": AIR,
        "pitch_mm": 0.6,
        "polarity": "transmission",
        "bits": 16,
    }
    document.update(changes)
    return json.dumps({key: value for key, value in document.items() if value is not None})


CURVES = {
    "name": "wedges",
    "materials": [
        {"z": 5.4, "high": [0.1, 1.0, 3.0], "low": [0.11, 1.1, 3.2]},
        {"z": 13.0, "high": [0.1, 1.0, 3.0], "low": [0.145, 1.4, 4.0]},
        {"z": 26.0, "high": [0.1, 1.0, 3.0], "low": [0.22, 2.0, 5.0]},
    ],
}


def tiff(*pages: Counts, description: str | None = None, **options: object) -> bytes:
    file = io.BytesIO()
    options = {"photometric": "minisblack", "compression": "zlib", **options}
    with tifffile.TiffWriter(file) as writer:
        for index, page in enumerate(pages):
            writer.write(page, description=description if index == 0 else None, metadata=None, **options)
    return file.getvalue()


def png(counts: NDArray[np.generic]) -> bytes:
    return bytes(cv2.imencode(".png", counts)[1])


def dicom(counts: Counts | None, *, syntax: UID = ExplicitVRLittleEndian, **tags: object) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"  # digital X-ray
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = syntax
    file = FileDataset("scan.dcm", {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    file.Modality = "DX"
    if counts is not None:
        file.Rows, file.Columns = counts.shape[-2:]
        file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
        file.BitsAllocated = file.BitsStored = 16
        file.HighBit, file.PixelRepresentation = 15, 0
        if counts.ndim == 3:
            file.NumberOfFrames = len(counts)
        pixels = counts.astype("<u2").tobytes()
        file.PixelData = encapsulate([pixels]) if syntax.is_compressed and syntax.is_encapsulated else pixels
    for name, value in tags.items():
        setattr(file, name, value)
    data = io.BytesIO()
    pydicom.dcmwrite(data, file, implicit_vr=False, little_endian=True, force_encoding=True)
    return data.getvalue()
