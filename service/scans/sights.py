"""What a view's file is inspected as: a photograph, or an X-ray scan."""

from inference.decoding import Limits, decode, sniff
from inference.errors import UnsupportedImage
from inference.vocabulary import Image, Modality
from inference.xray.formats.pictures import is_deep_png
from inference.xray.reading import is_xray_file, read_scan
from inference.xray.scan import XrayScan
from service.scans.repository import NewView

Sight = Image | XrayScan
MEDIA = {b"II*\0": "image/tiff", b"MM\0*": "image/tiff"}
DICOM, OTHER = "application/dicom", "application/octet-stream"


def modality_of(data: bytes, said: Modality | None) -> Modality:
    """What the file is, unless whoever sent it said so: only X-ray scans come as TIFF, DICOM or with 16 bits."""
    if said is not None:
        return said
    return "xray" if is_deep_png(data) or is_xray_file(data) else "photo"


def read_sight(
    data: bytes, modality: Modality, *, limits: Limits, field: str = "image", sidecar: str | None = None
) -> Sight:
    """The pixels of a photograph (H, W, 3) RGB, or the scan, of which `sidecar` is said. Raises BadImage."""
    if modality == "photo":
        return decode(data, limits=limits, field=field)
    scans = read_scan([data], sidecar, limits=limits, fields=[field, field])
    if len(scans) != 1:
        raise UnsupportedImage(f"{field} holds {len(scans)} views", field=field, limit="one file for each view")
    return scans[0]


def view_of(data: bytes, modality: Modality, sight: Sight, sha256: str, *, limits: Limits) -> NewView:
    """What is stored of a view whose file was read."""
    height, width = sight.shape[:2]
    return NewView(
        sha256=sha256,
        media_type=media_type(data, modality, limits),
        width=width,
        height=height,
        size=len(data),
        modality=modality,
    )


def media_type(data: bytes, modality: Modality, limits: Limits) -> str:
    """As what the file is given out again."""
    if modality == "photo" or not is_xray_file(data):
        return sniff(data, limits=limits).media_type
    return DICOM if data[128:132] == b"DICM" else MEDIA.get(data[:4], OTHER)


def size_of(sight: Sight) -> int:
    """How many pixels' room a decoded view takes, in those of a photograph: a scan keeps counts and attenuations."""
    height, width = sight.shape[:2]
    return int(height * width * (4 if isinstance(sight, XrayScan) else 1))
