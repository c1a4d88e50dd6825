"""The picture files of a set, read behind limits: photographs as they are, X-ray scans as they are shown."""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from datasets.labels.records import LabelledImage
from datasets.versions.errors import BadVersion
from datasets.versions.records import safe_name, sidecar_name
from inference.decoding import DEFAULT_LIMITS, decode, sniff
from inference.vocabulary import Image
from inference.xray.display import shown
from inference.xray.reading import is_xray_file, read_scan

QUALITY = 95  # of JPEG, where a picture must be written anew


def checked_bytes(image: LabelledImage, pictures: Path) -> bytes:
    """The picture's file. Raises BadVersion if it is missing, too large, or not the one that the labels are about."""
    if not safe_name(image.file_name):
        raise BadVersion(f"image {image.image_id}: {image.file_name!r} leaves its folder", field="file_name")
    data = _read(pictures / image.file_name, image.file_name)
    actual = hashlib.sha256(data).hexdigest()
    if actual != image.sha256:
        detail = f"{image.file_name} is not the picture that was labelled: its sha256 is {actual}"
        raise BadVersion(detail, field="sha256", limit=image.sha256)
    return data


def sidecar_bytes(image: LabelledImage, pictures: Path) -> bytes | None:
    """What the scanner said of a scan beside it, if it did. Raises BadVersion if it cannot be read."""
    path = pictures / sidecar_name(image.file_name)
    return _read(path, path.name) if image.modality == "xray" and path.is_file() else None


def pixels(data: bytes, image: LabelledImage, sidecar: bytes | None = None) -> Image:
    """The picture (H, W, 3), or the first view of a scan as officers see it. Raises BadImage if it is none.

    Raises BadVersion if it has another size than its labels were drawn on.
    """
    if image.modality == "xray" and is_xray_file(data):
        return shown(read_scan([data], sidecar, fields=(image.file_name, "low"))[0])
    seen = decode(data, field=image.file_name)
    height, width = seen.shape[:2]
    if (width, height) != (image.width, image.height):
        detail = f"{image.file_name} has {width}x{height} pixels, but its labels are for {image.width}x{image.height}"
        raise BadVersion(detail, field="width", limit=f"{image.width}x{image.height}")
    return seen


def encoded(image: Image, like: bytes) -> tuple[bytes, str]:
    """The picture (H, W, 3) as a file, and its suffix: JPEG if `like` is one, else PNG, which loses nothing.

    What a camera writes beside the pixels, such as where and with which device, is not in it.
    """
    jpeg = sniff(like).media_type == "image/jpeg"
    suffix = ".jpg" if jpeg else ".png"
    how = [cv2.IMWRITE_JPEG_QUALITY, QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    _, data = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), how if jpeg else [])
    return np.asarray(data).tobytes(), suffix


def _read(path: Path, name: str) -> bytes:
    try:
        size, most = path.stat().st_size, DEFAULT_LIMITS.max_bytes
        if size > most:
            raise BadVersion(f"{name} has {size:,} bytes", field="file_name", limit=f"{most:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise BadVersion(f"{name} cannot be read: {error.strerror}", field="file_name") from error
