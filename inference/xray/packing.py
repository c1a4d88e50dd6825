"""Two images of one scan as one file: a TIFF with the high energy first, the low second, and the sidecar in it."""

import io
import json
from typing import Any

import tifffile

from inference.xray.scan import Counts


def pack(high: Counts, low: Counts, sidecar: dict[str, Any]) -> bytes:
    """The file; `read_scan` reads it without loss. Raises ValueError for images of different size."""
    if high.shape != low.shape:
        raise ValueError(f"high is {high.shape}, low is {low.shape}")
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for page, counts in enumerate((high, low)):
            says = json.dumps(sidecar) if page == 0 else None
            writer.write(counts, photometric="minisblack", compression="zlib", description=says, metadata=None)
    return file.getvalue()
