"""What a picture's own file says of it, where the labels' file does not."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from datasets.labels.errors import BadLabels, shown
from inference.decoding import DEFAULT_LIMITS, sniff
from inference.errors import BadImage


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A picture's hash and size."""

    sha256: str
    width: int  # pixels
    height: int  # pixels


def measured(pictures: Path, file_name: str) -> Measured:
    """The hash of a picture's bytes, and the size its header gives; nothing is decoded.

    Raises BadLabels if it is not in the folder, too large to be read, or no picture.
    """
    root = pictures.resolve()
    try:
        path = (root / file_name).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise BadLabels.one(f"there is no picture {shown(file_name)} in {pictures}", field="file_name")
        with path.open("rb") as file:
            data = file.read(DEFAULT_LIMITS.max_bytes + 1)
        header = sniff(data, field=f"the picture {shown(file_name)}")
    except BadImage as error:
        raise BadLabels.one(error.detail, field="file_name", limit=error.limit) from error
    except (OSError, ValueError) as error:
        detail = f"the picture {shown(file_name)} cannot be read: {error}"
        raise BadLabels.one(detail, field="file_name") from error
    return Measured(sha256=hashlib.sha256(data).hexdigest(), width=header.width, height=header.height)
