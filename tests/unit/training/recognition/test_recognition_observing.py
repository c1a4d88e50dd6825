"""One pass over pictures: the same boxes for all, and clean pictures against small registries too."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.evaluation_set import AnnotatedBox, BadEvaluationSet, Picture
from inference.calibration import Calibration
from inference.gallery import Gallery, Hit
from inference.inspector import Inspector
from inference.vocabulary import Boxes, Image, Mark, Vectors
from tests.fakes import FakeDetector, FakeEmbedder
from training.recognition.observing import Contest
from training.recognition.records import SHIPPED, SIFT, UNVERIFIED
from training.recognition.rivals import VARIANTS
from training.recognition.variants import copied

RAMP = np.repeat(np.tile(np.arange(0, 240, 3, dtype=np.uint8), (60, 1))[..., None], 3, 2)  # (60, 80, 3)
FLIPPED = np.ascontiguousarray(RAMP[:, ::-1])


class Detector(FakeDetector):
    sha256 = "d" * 64
    looks = 0

    def detect(self, image: Image) -> tuple[Boxes, np.ndarray]:
        self.looks += 1
        return super().detect(image)


class Embedder(FakeEmbedder):
    parts = 0

    def embed(self, image: Image, boxes: Boxes, thorough: int = 8) -> Vectors:
        return super().embed(image, boxes)


class Contrary:
    """A verifier that puts the last first."""

    def verify(self, queries: Vectors, hits: Sequence[Sequence[Hit]]) -> list[list[Hit]]:
        return [list(own)[::-1] for own in hits]


class Whole:
    """A peer that knows one answer, and counts whole photographs."""

    looks = 0

    def rank(self, image: Image, boxes: Boxes) -> list[tuple[str, ...]]:
        return [("ramp",)] * len(boxes)

    def recognise(self, picture: Image) -> tuple[str, ...]:
        self.looks += 1
        return ("ramp",)


def gallery(**artwork: Image) -> Gallery:
    made = Gallery(Embedder.dimension)
    for name, picture in artwork.items():
        made.add(Mark(mark_id=name, title=name, holder=name), Embedder().embed_image(picture)[None], ["r"])
    return made


def inspector(verifier: Contrary | None = None) -> Inspector:
    return Inspector(
        detector=Detector(),  # type: ignore[arg-type]
        embedder=Embedder(),  # type: ignore[arg-type]
        gallery=gallery(ramp=RAMP, flipped=FLIPPED),
        calibration=Calibration(intercept=-5.0, similarity=9.0),
        threshold=0.5,
        verifier=verifier,  # type: ignore[arg-type]
    )


@dataclass
class Case:
    folder: Path

    def picture(self, *holders: str) -> Picture:
        path = self.folder / "ramp.png"
        cv2.imwrite(str(path), RAMP)
        boxes = tuple(
            AnnotatedBox(annotation_id=i, holder=holder, box=(0.0, 0.0, 80.0, 60.0)) for i, holder in enumerate(holders)
        )
        marks = frozenset(holders)
        return Picture(name="ramp", path=path, width=80, height=60, marks=marks, boxes_complete=True, boxes=boxes)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def contest(one: Inspector, peer: Whole, *small: Inspector) -> Contest:
    variants = {UNVERIFIED: VARIANTS[UNVERIFIED][1]}
    known = frozenset({"ramp", "flipped"})
    return Contest(one, known, variants=variants, peers={SIFT: peer}, small=small, sift=peer)


def test_all_rank_the_same_boxes_and_only_the_verifier_differs(case: Case) -> None:
    seen = contest(inspector(Contrary()), Whole()).picture(case.picture("ramp", "unknown", "flipped"), timed=False)
    assert [crop.holder for crop in seen.crops[SHIPPED]] == ["ramp", "flipped"]  # who is not recorded does not count
    assert [crop.ranking for crop in seen.crops[SHIPPED]] == [("flipped", "ramp")] * 2
    assert [crop.ranking for crop in seen.crops[UNVERIFIED]] == [("ramp", "flipped")] * 2
    assert [crop.holder for crop in seen.crops[SIFT]] == ["ramp", "flipped"]
    assert seen.strongest == ()  # it is not clean
    assert seen.sift_ms is None


class Everywhere:
    """A fitter that finds any artwork printed anywhere, and counts the places."""

    def __init__(self) -> None:
        self.places = 0

    def support(self, image: Image, box: tuple[float, float, float, float], reference: str) -> float:
        self.places += 1
        return 0.9


def test_without_the_verifier_nothing_is_laid_on_the_photograph_either(case: Case) -> None:
    shipped, laid = inspector(), Everywhere()
    shipped.fitter, shipped.gallery = laid, gallery(ramp=RAMP, twin=RAMP)
    recognised = VARIANTS[UNVERIFIED][1](shipped)
    boxes = np.array([[0.0, 0.0, 80.0, 60.0]], np.float32)
    recognised.recognise(RAMP, boxes, 2)
    assert laid.places == 0
    shipped.recognise(RAMP, boxes, 2)
    assert laid.places > 0


def test_clean_pictures_meet_the_small_registries_and_are_looked_at_once(case: Case) -> None:
    one, peer = inspector(), Whole()
    small = [copied(one, gallery=own) for own in (gallery(flipped=FLIPPED), gallery(ramp=RAMP))]
    seen = contest(one, peer, *small).picture(case.picture(), timed=True)
    whole, without, with_ = seen.strongest
    assert with_ == pytest.approx(whole, abs=1e-6)
    assert without < whole
    assert one.detector.looks == 1
    assert (peer.looks, seen.sift_ms is not None) == (1, True)


def test_an_empty_registry_alarms_never(case: Case) -> None:
    one = inspector()
    seen = contest(one, Whole(), copied(one, gallery=gallery())).clean(case.picture().path)
    assert seen.strongest[0] > 0
    assert seen.strongest[1] == -np.inf


def test_a_broken_picture_is_named(case: Case) -> None:
    path = case.folder / "broken.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    with pytest.raises(BadEvaluationSet, match=r"broken\.jpg"):
        contest(inspector(), Whole()).clean(path)
