"""Labelled pictures for tests of versions: drawn, written, described."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.labels.records import Label, LabelledImage
from datasets.versions.records import Entry, Manifest

SHA = "ab" * 32


def label(label_id: str = "l1", **changes: object) -> Label:
    common = {"box": (10.0, 10.0, 40.0, 30.0), "category": "logo", "mark_id": "tesmarin", "holder": "tesmarin"}
    return Label(**{"label_id": label_id, "strength": "weak", "source": "decision:decision_1", **common, **changes})


def image(image_id: str = "i1", **changes: object) -> LabelledImage:
    common = {"file_name": f"{image_id}.png", "sha256": SHA, "width": 96, "height": 64, "licence": "CC0-1.0"}
    return LabelledImage(**{"image_id": image_id, **common, **changes})


def entry(image_id: str = "i1", *, split: str = "train", group: str = "", **changes: object) -> Entry:
    own = {name: changes.pop(name) for name in ("size", "made_from", "sidecar") if name in changes}
    return Entry(image=image(image_id, **changes), split=split, group=group or image_id, **{"size": 5, **own})


def manifest(*entries: Entry, **changes: object) -> Manifest:
    common = {"parent": None, "created_at": "2026-12-01T00:00:00+00:00", "seed": 7}
    shares = (("train", 0.8), ("validation", 0.1), ("test", 0.1))
    return Manifest(**{**common, "shares": shares, "images": entries, **changes})


def drawn(seed: int, size: tuple[int, int] = (96, 64)) -> NDArray[np.uint8]:
    """A picture (h, w, 3) of soft blotches, another one for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC))


def written(folder: Path, image_id: str, picture: NDArray[np.uint8], **changes: object) -> LabelledImage:
    """The record of a picture that lies in a folder as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    data = cv2.imencode(".png", picture)[1].tobytes()
    (folder / f"{image_id}.png").write_bytes(data)
    height, width = picture.shape[:2]
    digest = hashlib.sha256(data).hexdigest()
    return image(image_id, **{"sha256": digest, "width": width, "height": height, **changes})
