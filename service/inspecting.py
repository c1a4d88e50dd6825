"""What the service needs of an inspector; `inference.inspector.Inspector` is one, the tests' fake another."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.explaining import Artworks
from inference.fitting import Fits
from inference.fusion import Gain
from inference.gallery import Gallery
from inference.vocabulary import Boxes, Image, Vectors, Verdict
from inference.xray.scan import XrayScan


class Embedding(Protocol):
    """Turns registry artwork into vectors."""

    @property
    def dimension(self) -> int:
        """Length of each vector."""

    @property
    def sha256(self) -> str:
        """Identity of the embedder: vectors of another one cannot be compared with its own."""

    def embed(self, image: Image, boxes: Boxes) -> Vectors:
        """Vectors (n, d) of the n boxes of one image (H, W, 3)."""

    def embed_artwork(self, artwork: NDArray[np.uint8]) -> Vectors:
        """Vectors (v, d) of one artwork picture (h, w, 4) RGBA."""


class Searching(Protocol):
    """Has a gallery, and the embedder that fills it."""

    @property
    def embedder(self) -> Embedding:
        """The embedder that fills the gallery."""

    @property
    def gallery(self) -> Gallery:
        """The marks that are searched."""


class Inspecting(Searching, Protocol):
    """Judges one photograph."""

    threshold: float  # calibrated score from which a suspicion stands, 0..1
    artworks: Artworks | None  # pixels of the registry's artwork: with them, suspicions are explained by it
    fitter: Fits | None  # lays that artwork on the photograph where the first look is in doubt

    @property
    def models(self) -> dict[str, str]:
        """Role -> sha256 of each model."""

    def rate(
        self,
        vectors: Vectors,
        similarities: NDArray[np.float32],
        rivals: NDArray[np.float32],
        filed: Vectors,
    ) -> list[float]:
        """Calibrated scores (n,) of n crops as similar as given to a mark, and to the best other right holder.

        `filed` (n, d) are the mark's vectors that they are likest to.
        """

    def over(self, gallery: Gallery, threshold: float) -> "Inspecting":
        """An inspector with the same models that searches another gallery, by a threshold of its own."""

    def inspect(self, image: Image, at: float | None = None) -> Verdict:
        """The verdict on one photograph (H, W, 3) RGB, by the marks in force at the moment `at` (seconds)."""


class XrayInspecting(Searching, Protocol):
    """Judges one X-ray scan; with a gallery and an embedder of its own."""

    threshold: float
    gain: Gain | None  # by which X-ray scans and photographs of one parcel count together; None: they do not

    @property
    def models(self) -> dict[str, str]:
        """Role -> sha256 of each model."""

    def rate(
        self,
        vectors: Vectors,
        similarities: NDArray[np.float32],
        rivals: NDArray[np.float32],
        filed: Vectors,
    ) -> list[float]:
        """As `Inspecting.rate`."""

    def over(self, gallery: Gallery, threshold: float) -> "XrayInspecting":
        """An inspector with the same models that searches another gallery, by a threshold of its own."""

    def inspect_scan(self, scan: XrayScan, at: float | None = None) -> Verdict:
        """The verdict on one scan, by the marks in force at the moment `at` (seconds)."""


class UpToDate(Protocol):
    """Keeps a gallery equal to the registry."""

    @property
    def revision(self) -> int:
        """Which revision of the registry it has."""

    def refresh(self) -> int:
        """Bring it up to the committed registry, and return its revision."""


class AtWork(Protocol):
    """The models that are at work. Others may take their place at any time: whoever needs them twice asks once."""

    @property
    def photo(self) -> Inspecting:
        """What judges photographs."""

    @property
    def live(self) -> UpToDate:
        """What keeps its gallery up to date."""


Champion = Callable[[], AtWork]
XrayLoader = Callable[[Path, int], XrayInspecting | None]  # models folder, threads; None: no such models are deployed
Loader = Callable[[Path, int, float | None], Inspecting]  # models folder, threads, threshold or None


def load_models(models_dir: Path, threads: int, threshold: float | None) -> Inspecting:
    """The real inspector from the bundles in `models_dir`. Raises BadBundle."""
    from inference.inspector import load_inspector  # noqa: PLC0415 - slow to import; `--help` should not wait for it

    return load_inspector(models_dir, threads=threads, threshold=threshold)


def load_xray_models(models_dir: Path, threads: int) -> XrayInspecting | None:
    """The inspector of X-ray scans from the bundles in `models_dir`, None if none are deployed. Raises BadBundle."""
    from inference.bundles import deployed_roles  # noqa: PLC0415 - as above
    from inference.xray.inspector import DETECTOR, load_xray_inspector  # noqa: PLC0415 - slow to import

    return load_xray_inspector(models_dir, threads=threads) if DETECTOR in deployed_roles(models_dir) else None
