"""The figures of the benchmark, by hand from a few pictures."""

from dataclasses import replace

import numpy as np
import pytest

from datasets.evaluation_set import AnnotatedBox
from training.bench.figures import Figure
from training.evaluation.records import Candidate, Observation, RankedCrop
from training.recognition import measures
from training.recognition.measures import own_figures, peer_figures
from training.recognition.records import IMAGENET, INSIDE, SHIPPED, SIFT, UNREAD, UNVERIFIED, Results, Seen

BOX = (0.0, 0.0, 40.0, 40.0)
REQUIRED = {
    "crops_top1", "crops_top1_lt32", "crops_top1_32_64", "crops_top1_64_128", "crops_top1_ge128",
    "crops_top1_word", "crops_top1_figurative", "crops_top1_inside", "crops_top10",
    "recall20", "recall20_lt32", "recall20_32_64", "recall20_64_128", "recall20_ge128",
    "recall20_word", "recall20_figurative",
    "photo_recall_fpir_1pct", "ece", "fpir_growth", "verification_gain", "reading_gain_word", "reading_loss_figurative",
    "sift_crops_top1", "sift_crops_top1_word", "sift_crops_top1_figurative", "sift_photo_ms",
    "imagenet_crops_top1", "imagenet_crops_top1_word", "imagenet_crops_top1_figurative",
}  # fmt: skip


def crop(holder: str, size: float, *ranking: str) -> RankedCrop:
    return RankedCrop(holder=holder, size=size, ranking=ranking)


def picture(name: str, score: float = 0.9) -> Observation:
    """A photograph of the word mark that its pipeline raises with `score`."""
    box = AnnotatedBox(annotation_id=1, holder="word", box=BOX)
    found = Candidate(box=BOX, holder="word", score=score)
    return Observation(name=name, marks=frozenset({"word"}), boxes=(box,), candidates=(found,), milliseconds=200.0)


FIRST = Seen(
    observation=picture("first"),
    crops={
        SHIPPED: (crop("word", 20, "word"), crop("bird", 100, "word", "bird")),
        UNREAD: (crop("word", 20, "bird", "word"), crop("bird", 100, "bird")),
        INSIDE: (crop("word", 20, "bird"), crop("bird", 100, "word")),
        SIFT: (crop("word", 20), crop("bird", 100, "bird")),
    },
    sift_ms=100.0,
)
SECOND = Seen(
    observation=picture("second", 0.3),
    crops={
        SHIPPED: (crop("word", 200, "word"),),
        UNREAD: (crop("word", 200, "word"),),
        INSIDE: (crop("word", 200, "word"),),
        SIFT: (crop("word", 200),),
    },
)
ABSENT = {UNVERIFIED: "the inspector has no verifier", IMAGENET: "no trunk was given"}


def clean(scores: list[tuple[float, ...]]) -> list[Seen]:
    """Clean photographs with these strongest scores: whole registry first."""
    return [
        Seen(
            observation=Observation(name=str(i), candidates=(Candidate(box=BOX, holder="bird", score=own[0]),)),
            strongest=own,
        )
        for i, own in enumerate(scores)
    ]


def results(*scores: tuple[float, ...]) -> Results:
    return Results(
        seen=[FIRST, SECOND],
        clean=clean(list(scores)),
        registered=frozenset({"word", "bird"}),
        kinds={"word": "word", "bird": "figurative"},
        marks=(5000, 100),
        absent=ABSENT,
    )


def figures(given: Results) -> dict[str, Figure]:
    return {figure.name: figure for figure in (*own_figures(given), *peer_figures(given))}


def test_the_names_are_the_documented_ones() -> None:
    assert set(figures(results())) == REQUIRED


def test_crops_by_size_and_kind() -> None:
    made = figures(results())
    assert made["crops_top1"].value == pytest.approx(2 / 3)
    assert (made["crops_top1"].low, made["crops_top1"].high) == pytest.approx((0.20766, 0.93851), abs=1e-5)  # Wilson
    assert made["crops_top10"].value == 1.0
    assert (made["crops_top1_lt32"].value, made["crops_top1_64_128"].value) == (1.0, 0.0)
    assert made["crops_top1_32_64"].value is None
    assert made["crops_top1_32_64"].why == "the set has no annotated box of a recorded right holder of this size"
    assert (made["crops_top1_word"].value, made["crops_top1_word"].n) == (1.0, 2)
    assert (made["crops_top1_figurative"].value, made["crops_top1_figurative"].n) == (0.0, 1)
    assert made["crops_top1_inside"].value == pytest.approx(1 / 3)


def test_detection_by_kind_of_what_was_to_be_found() -> None:
    bird = AnnotatedBox(annotation_id=2, holder="bird", box=(100.0, 100.0, 140.0, 140.0))
    found = np.array([BOX], np.float32), np.array([0.9], np.float32)
    seen = replace(FIRST.observation, boxes=(*FIRST.observation.boxes, bird), boxes_complete=True, detections=found)
    made = figures(replace(results(), seen=[replace(FIRST, observation=seen)]))
    by_kind = [made[f"recall20{kind}"] for kind in ("", "_word", "_figurative")]
    assert [(one.value, one.n) for one in by_kind] == [(0.5, 2), (1.0, 1), (0.0, 1)]
    without = figures(replace(results(), kinds={}))
    assert without["recall20_word"].why == measures.NO_KINDS


def test_reading_gains_on_words_and_loses_on_figures() -> None:
    made = figures(results())
    gain = made["reading_gain_word"]  # 2 of 2 with it, 1 of 2 without
    assert (gain.value, gain.unit, gain.n) == (50.0, "points", 2)
    # drawn pictures: first twice +100, once each +50, second twice 0; each end has a quarter of the chances
    assert (gain.low, gain.high) == pytest.approx((0.0, 100.0), abs=5)
    loss = made["reading_loss_figurative"]  # 0 of 1 with it, 1 of 1 without
    assert (loss.value, loss.n) == (100.0, 1)


def test_a_part_that_is_not_there_has_no_gain() -> None:
    made = figures(results())
    assert made["verification_gain"].why == "the inspector has no verifier"
    assert made["imagenet_crops_top1_word"].why == "no trunk was given"


def test_without_a_reader_there_are_no_kinds() -> None:
    made = figures(replace(results(), kinds={}))
    assert made["crops_top1_word"].why == measures.NO_KINDS
    assert made["crops_top1"].value is not None


def test_the_peers_are_judged_on_the_same_boxes() -> None:
    made = figures(results())
    assert made["sift_crops_top1"].value == pytest.approx(1 / 3)  # nothing found is wrong
    assert made["sift_crops_top1"].n == made["crops_top1"].n
    time = made["sift_photo_ms"]
    assert (time.median, time.n) == (100.0, 1)
    assert time.ratio == pytest.approx(0.5)  # of the 200 ms of the pipeline
    assert time.ratio_to == "deployed pipeline's median on the same photographs"


def test_photo_recall_allows_one_clean_photograph_in_a_hundred() -> None:
    made = figures(results(*[(0.8,)] * 1, *[(0.5,)] * 99))["photo_recall_fpir_1pct"]
    assert made.value == 0.5  # just above 0.5: the first picture's 0.9, not the second's 0.3
    assert made.note is not None
    assert made.note.startswith("at most 1 of 100 clean photographs raise an alert, threshold 0.500")


def test_photo_recall_needs_clean_photographs() -> None:
    assert figures(results())["photo_recall_fpir_1pct"].why == "there is no clean photograph"


def test_growth_at_the_threshold_of_five_percent() -> None:
    rest = [(i / 100, 0.0, 0.0) for i in range(19)]
    made = figures(results((0.9, 0.95, 0.2), *rest))["fpir_growth"]
    assert made.value == pytest.approx(2.0)  # 1 of 20, against 1 of 40
    assert made.note == (
        "1 of 20 clean photographs alarm with 5000 marks, 1 of 40 (20 x 2 random registries) with 100; "
        "threshold 0.900, at which 5 % of the clean photographs alarm with 5000 marks; too few alarm for an interval"
    )
    assert (made.low, made.high) == (None, None)


def test_growth_with_enough_alarms_has_an_interval() -> None:
    alarming = [(0.9, 0.9), (0.9, 0.9), (0.9, 0.1), (0.9, 0.1), (0.9, 0.1)]
    made = figures(results(*alarming, *[(0.1, 0.0)] * 95))["fpir_growth"]
    assert made.value == pytest.approx(2.5)  # 5 against 2
    assert made.low is not None
    assert made.high is not None
    assert made.low < 2.5 < made.high
    assert made.note is not None
    assert "interval" not in made.note


def test_growth_from_nothing_says_the_counts() -> None:
    made = figures(results((0.9, 0.1), *[(0.1, 0.0)] * 19))["fpir_growth"]
    assert made.value is None
    assert made.why is not None
    assert made.why.startswith("nothing to divide by: 1 of 20 clean photographs alarm with 5000 marks, 0 of 20 ")


@pytest.mark.parametrize(
    ("scores", "why"),
    [
        ([], "there is no clean photograph"),
        ([(0.9, 0.1)] * 19, "no threshold lets 5 % of 19 clean photographs alarm"),
        ([(0.9,)] * 20, "no random registries of 100 marks can be drawn from 5000"),
    ],
)
def test_growth_that_cannot_be_measured(scores: list[tuple[float, ...]], why: str) -> None:
    assert figures(results(*scores))["fpir_growth"].why == why


def test_an_empty_set_is_all_null_with_reasons() -> None:
    nothing = Results(seen=(), clean=(), registered=frozenset(), kinds={}, marks=(0, 0), absent={})
    for figure in figures(nothing).values():
        assert figure.value is None
        assert figure.why
