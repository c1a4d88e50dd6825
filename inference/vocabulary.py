"""The words every room shares: images, boxes, detections, matches, suspicions, verdicts.

Values are frozen and keyword-only; each checks itself once, when it is made, and says what it expected and got.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (H, W, 3) RGB
Boxes = NDArray[np.float32]  # (n, 4) x1, y1, x2, y2 in pixels of the original image
Scores = NDArray[np.float32]  # (n,) in 0..1
Vectors = NDArray[np.float32]  # (n, d), each row of length 1

Decision = Literal["pass", "divert", "hold", "undecided"]
Modality = Literal["photo", "xray"]  # by what a view was taken: light, or X-rays
Place = Literal["in", "beside", "around"]  # where lettering stands: in a box, near it, along its rim


def check_image(image: Image) -> Image:
    """Return `image` if it is (H, W, 3) uint8 with H, W >= 1; raise ValueError with the actual shape otherwise."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"image must be (H, W, 3) uint8, got {image.shape} {image.dtype}")
    return image


def check_boxes(boxes: Boxes) -> Boxes:
    """Return `boxes` if it is (n, 4) float32 with x1 <= x2 and y1 <= y2; raise ValueError otherwise."""
    if boxes.dtype != np.float32 or boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes must be (n, 4) float32, got {boxes.shape} {boxes.dtype}")
    if not np.isfinite(boxes).all() or (boxes[:, 2:] < boxes[:, :2]).any():
        raise ValueError("boxes must be finite with x1 <= x2 and y1 <= y2")
    return boxes


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A recorded mark: what the registry knows of it that a match needs."""

    mark_id: str
    title: str
    holder: str  # right holder
    lettered: bool = False  # no artwork is filed: its vectors are of its words in plain letters

    def __post_init__(self) -> None:
        for name in ("mark_id", "title", "holder"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} must not be blank")


@dataclass(frozen=True, kw_only=True)
class Detection:
    """A box that says "a logo is here"."""

    box: tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels of the original image
    score: float  # 0..1

    def __post_init__(self) -> None:
        x1, y1, x2, y2 = self.box
        if not (x1 <= x2 and y1 <= y2):
            raise ValueError(f"box must have x1 <= x2 and y1 <= y2, got {self.box}")
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score must be in 0..1, got {self.score}")

    @property
    def size(self) -> float:
        """Square root of the box's area, in pixels."""
        x1, y1, x2, y2 = self.box
        return float(((x2 - x1) * (y2 - y1)) ** 0.5)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is written at a box."""

    text: str
    confidence: float  # 0..1, the reader's own
    place: Place = "in"

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("text must not be blank")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence must be in 0..1, got {self.confidence}")


@dataclass(frozen=True, kw_only=True)
class Match:
    """A detection paired with a recorded mark."""

    mark: Mark
    reference: str  # sha256 of the artwork picture that was most alike
    similarity: float  # cosine, -1..1
    score: float  # calibrated probability that the mark is there, 0..1
    wording: float = 0.0  # how much of the mark's word was read, 0..1
    verified: float = 0.0  # what a comparison place by place added to the similarity; 0 if there was none
    rarity: float = 1.0  # how unlike ordinary things the artwork is, 0..2; 1 if the embedder knows none
    fitted: float | None = None  # agreement of edges with the artwork laid on the photograph, 0..1; None: not tried

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score must be in 0..1, got {self.score}")
        if self.fitted is not None and not 0.0 <= self.fitted <= 1.0:
            raise ValueError(f"fitted must be in 0..1 or None, got {self.fitted}")


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason for or against a suspicion; `weight` > 0 speaks for it, < 0 against it."""

    code: str
    text: str  # in English
    weight: float
    form: str = ""  # of `inference.saying`, with its values: for other languages
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Suspicion:
    """Matches and reasons strong enough to show an officer. A suspicion, never a finding of "counterfeit"."""

    detection: Detection
    matches: tuple[Match, ...]  # best first, one per right holder, at least one
    reasons: tuple[Reason, ...]
    score: float  # calibrated, 0..1
    places: int = 1  # where the right holder's marks are the likest, strong enough or not

    def __post_init__(self) -> None:
        if not self.matches:
            raise ValueError("a suspicion needs at least one match")
        if not self.reasons:
            raise ValueError("a suspicion needs at least one reason")

    @property
    def mark(self) -> Mark:
        return self.matches[0].mark


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One detection with its best candidates, whether or not they are strong enough for a suspicion."""

    detection: Detection
    matches: tuple[Match, ...]  # best first, one per right holder; empty if the gallery is empty
    cohort: float | None = None  # similarity to other marks in general, -1..1; None if the embedder has no cohort
    readings: tuple[Reading, ...] = ()  # what is written there
    vector: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)  # (d,), to search again later


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What an X-ray scan says of a parcel as a whole, its walls included."""

    metal_share: float  # of the area that is not air, 0..1
    metal_area: float  # cm2
    least_mass: float  # grams

    def __post_init__(self) -> None:
        if not 0.0 <= self.metal_share <= 1.0 or self.metal_area < 0 or self.least_mass < 0:
            raise ValueError(f"shares are 0..1, areas and masses not negative; got {self}")


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something about a scan that whoever judges it should know: what was missing, assumed or mended."""

    code: str
    text: str  # in English


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the line is told about one scan: `divert` if there is any suspicion, else `pass`."""

    decision: Decision
    suspicions: tuple[Suspicion, ...]  # strongest first, one per right holder
    findings: tuple[Finding, ...] = ()
    threshold: float = 0.5
    modality: Modality = "photo"
    contents: Contents | None = None  # of an X-ray scan whose materials are known
    remarks: tuple[Remark, ...] = ()  # what is not known of the image, or was mended in it
    models: dict[str, str] = field(default_factory=dict)  # role -> sha256 of its model
    milliseconds: dict[str, float] = field(default_factory=dict)  # step -> time taken
