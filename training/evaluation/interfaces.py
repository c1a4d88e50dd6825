"""What the evaluation needs of the pipeline it measures; `inference.inspector.Inspector` has it, and so has a fake."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.fitting import Fits
from inference.vocabulary import Boxes, Image, Mark, Scores, Vectors, Verdict


class Hit(Protocol):
    """A recorded mark that a search found."""

    @property
    def mark(self) -> Mark: ...


class Gallery(Protocol):
    """Takes the registry's artwork."""

    def add(self, mark: Mark, vectors: Vectors, references: Sequence[str]) -> None: ...


class Detector(Protocol):
    """Finds marks, whosever they are."""

    def detect(self, image: Image) -> tuple[Boxes, Scores]: ...


class Embedder(Protocol):
    """Turns boxes and artwork into vectors."""

    @property
    def sha256(self) -> str: ...

    def embed(self, image: Image, boxes: Boxes) -> Vectors: ...

    def embed_artwork(self, artwork: NDArray[np.uint8]) -> Vectors: ...


class Inspector(Protocol):
    """The whole pipeline."""

    fitter: Fits | None

    @property
    def detector(self) -> Detector: ...

    @property
    def embedder(self) -> Embedder: ...

    @property
    def gallery(self) -> Gallery: ...

    @property
    def threshold(self) -> float: ...

    def inspect(self, image: Image) -> Verdict: ...

    def recognise(self, image: Image, boxes: Boxes, k: int) -> Sequence[Sequence[Hit]]: ...
