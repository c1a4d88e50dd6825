"""Sets of labels from elsewhere: canonical lines and their pictures, checked whole before anything is kept.

Other formats become this one first: `python -m datasets.labels convert`.
"""

import hashlib
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from inference.decoding import Limits
from inference.errors import TidewaiterError
from service.exchange.artwork import MissingPicture, Pictures, PictureZip
from service.exchange.records import BadExchangeFile
from service.labels.collecting import PICTURES, RECORDS
from service.labels.errors import BadLabelSet
from service.labels.records import ImageRecord
from service.problems import field_name
from service.scans.modalities import as_modality
from service.scans.sights import read_sight

SHOWN = 20  # problems in one message
MOST_BYTES = 512 * 2**20  # of the records
LONGEST_LINE = 16 * 2**20  # bytes


@dataclass(frozen=True, kw_only=True)
class Found:
    """A record's picture: its bytes, and what was said of it if it is an X-ray scan."""

    data: bytes
    sidecar: str | None


def records_in(source: Pictures) -> tuple[ImageRecord, ...]:
    """The records of a folder or zip. Raises BadLabelSet with what is wrong in each line."""
    try:
        data = source.read(RECORDS, MOST_BYTES)
    except MissingPicture as error:
        raise BadLabelSet(error.detail, field=RECORDS, limit=error.limit) from error
    images: list[ImageRecord] = []
    problems: list[str] = []
    for number, line in enumerate(_lines(data), 1):
        try:
            if len(line) > LONGEST_LINE:
                raise ValueError(f"longer than {LONGEST_LINE} bytes")
            images.append(ImageRecord.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            problems.append(f"line {number}, {field_name(first['loc']) or 'record'}: {first['msg']}")
        except ValueError as error:
            problems.append(f"line {number}: {error}")
    problems += _twice(images)
    if not images and not problems:
        problems.append("no record is in it")
    refuse(problems, RECORDS)
    return tuple(images)


def refuse(problems: Sequence[str], field: str) -> None:
    """Raise BadLabelSet if there are problems: the first ones, and how many more there are."""
    if problems:
        more = [f"... and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        raise BadLabelSet("; ".join([*problems[:SHOWN], *more]), field=field)


def check_marks(images: Sequence[ImageRecord], known: Collection[str]) -> None:
    """Raise BadLabelSet for marks that are not in the registry."""
    named = Counter(label.mark_id for image in images for label in image.labels if label.mark_id is not None)
    unknown = [f"mark {mark!r} of {count} labels is not in the registry" for mark, count in sorted(named.items())]
    refuse([text for text, mark in zip(unknown, sorted(named), strict=True) if mark not in known], "mark_id")


def pictures_in(source: Pictures, images: Sequence[ImageRecord], limits: Limits) -> Iterator[Found]:
    """The picture of each record, in their order. Raises BadLabelSet for one that is not as its record says."""
    for image in images:
        try:
            yield _found(source, image, limits)
        except BadLabelSet:
            raise
        except TidewaiterError as error:
            raise BadLabelSet(f"{image.file_name!r}: {error.detail}", field="pictures", limit=error.limit) from error


class SafeZip:
    """A zip whose damaged files are missing pictures: what zlib says of them is no error of ours."""

    def __init__(self, path: Path) -> None:
        """Open a zip. Raises BadLabelSet."""
        try:
            self._zip = PictureZip(path)
        except BadExchangeFile as error:
            raise BadLabelSet(error.detail, field="file", limit=error.limit) from error

    def read(self, name: str, limit: int) -> bytes:
        """The file's bytes. Raises MissingPicture."""
        try:
            return self._zip.read(name, limit)
        except zlib.error as error:
            raise MissingPicture(f"{name!r} cannot be unpacked: {error}", field="pictures") from error

    def close(self) -> None:
        """Close the zip."""
        self._zip.close()


def _found(source: Pictures, image: ImageRecord, limits: Limits) -> Found:
    name = f"{PICTURES}/{image.file_name}"
    data = source.read(name, limits.max_bytes)
    if hashlib.sha256(data).hexdigest() != image.sha256:
        raise BadLabelSet(f"{image.file_name!r} has another sha256 than its record", field="sha256")
    sidecar = None
    if image.modality == "xray":
        try:
            beside = source.read(name.removesuffix(image.ending) + ".xray.json", limits.max_bytes)
            sidecar = beside.decode()
        except (MissingPicture, UnicodeDecodeError):
            sidecar = None  # a file that says all of it by itself
    height, width = read_sight(data, as_modality(image.modality), limits=limits, sidecar=sidecar).shape[:2]
    if (width, height) != (image.width, image.height):
        said = f"{image.file_name!r} has {width}x{height} pixels, its record says {image.width}x{image.height}"
        raise BadLabelSet(said, field="width")
    return Found(data=data, sidecar=sidecar)


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return lines[:-1] if lines[-1] == b"" else lines


def _twice(images: Sequence[ImageRecord]) -> list[str]:
    keys = {
        "image_id": Counter(image.image_id for image in images),
        "file_name": Counter(image.file_name.casefold() for image in images),
        "sha256": Counter(image.sha256 for image in images),
        "label_id": Counter(label.label_id for image in images for label in image.labels),
    }
    return [
        f"{field} {value!r} is given {count} times"
        for field, counts in keys.items()
        for value, count in counts.items()
        if count > 1
    ]
