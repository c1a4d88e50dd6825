"""Overlap, recall among 20 detections, average precision: cases worked out by hand."""

import numpy as np
import pytest

from datasets.evaluation_set import AnnotatedBox
from inference.vocabulary import Boxes
from training.evaluation.detection import ap50, average_precision, iou, matched, recall20
from training.evaluation.records import Box, Observation

FAR: Box = (900.0, 900.0, 910.0, 910.0)


def boxes(*rows: Box) -> Boxes:
    return np.array(rows, np.float32).reshape(-1, 4)


def seen(truth: list[Box], found: list[tuple[Box, float]], *, complete: bool = True) -> Observation:
    annotated = tuple(AnnotatedBox(annotation_id=i, holder="tesmarin", box=box) for i, box in enumerate(truth))
    scores = np.array([score for _, score in found], np.float32)
    return Observation(
        name="x", boxes=annotated, boxes_complete=complete, detections=(boxes(*(b for b, _ in found)), scores)
    )


def test_iou_of_boxes_without_area_is_zero_not_nan() -> None:
    assert iou(boxes((5, 5, 5, 5)), boxes((5, 5, 5, 5))).tolist() == [[0.0]]


def test_iou_with_no_boxes_has_no_entries() -> None:
    assert iou(boxes(), boxes((0, 0, 1, 1))).shape == (0, 1)
    assert iou(boxes((0, 0, 1, 1)), boxes()).shape == (1, 0)


def test_iou_by_hand() -> None:
    # (0,0,4,4) and (2,0,6,4): shared 2*4 = 8, union 16 + 16 - 8 = 24 -> 1/3. Touching: 0. Inside (1,1,3,3): 4/16.
    row = iou(boxes((0, 0, 4, 4)), boxes((2, 0, 6, 4), (4, 0, 8, 4), (1, 1, 3, 3), (0, 0, 4, 4), (9, 9, 10, 10)))
    assert row[0].tolist() == pytest.approx([1 / 3, 0, 0.25, 1, 0])


def test_the_21st_detection_is_too_late() -> None:
    target: Box = (0, 0, 10, 10)
    noise = [(FAR, 0.9)] * 20
    assert recall20([seen([target], [*noise, (target, 0.1)])]).value == 0.0
    assert recall20([seen([target], [*noise[:19], (target, 0.1)])]).value == 1.0


def test_overlap_of_exactly_one_half_counts() -> None:
    # (0,0,10,10) and (0,0,10,5): 50 / 100 = 0.5; one hair less does not count.
    assert recall20([seen([(0, 0, 10, 10)], [((0, 0, 10, 5), 0.9)])]).value == 1.0
    assert recall20([seen([(0, 0, 10, 10)], [((0, 0, 10, 4.99), 0.9)])]).value == 0.0


def test_one_detection_may_recall_two_boxes_but_is_one_true_detection() -> None:
    # (0,0,10,10) overlaps (0,0,10,8) by 0.8 and (0,2,10,10) by 0.8.
    twins = seen([(0, 0, 10, 8), (0, 2, 10, 10)], [((0, 0, 10, 10), 0.9)])
    assert recall20([twins]).value == 1.0
    assert ap50([twins]).value == pytest.approx(0.5)


def test_pictures_with_missing_boxes_do_not_count() -> None:
    incomplete = seen([(0, 0, 10, 10)], [(FAR, 0.9)], complete=False)
    assert recall20([incomplete]).n == 0
    assert ap50([incomplete]).value is None


def test_pictures_where_the_detector_was_not_run_do_not_count() -> None:
    assert recall20([Observation(name="clean")]).n == 0
    assert ap50([Observation(name="clean")]).value is None


def test_no_detections_at_all() -> None:
    figure = ap50([seen([(0, 0, 10, 10)], [])])
    assert (figure.value, figure.n) == (0.0, 1)
    assert recall20([seen([(0, 0, 10, 10)], [])]).value == 0.0


def test_matching_is_greedy_by_score_and_takes_each_box_once() -> None:
    # Truth A (0,0,10,10), B (0,6,10,16). Detection 0 (score .5) is exactly A; detection 1 (score .9) is (0,1,10,11):
    # IoU with A 90/110 = .82, with B 50/150 = .33 -> 1 comes first and takes A; 0 then has only B, 40/160 -> false.
    truth = boxes((0, 0, 10, 10), (0, 6, 10, 16))
    right = matched(truth, boxes((0, 0, 10, 10), (0, 1, 10, 11)), np.array([0.5, 0.9], np.float32))
    assert right.tolist() == [False, True]


def test_a_detection_takes_the_best_of_the_free_boxes() -> None:
    # Both detections overlap A best, but the second also overlaps B by 0.5 or more: it is true for B.
    truth = boxes((0, 0, 10, 10), (0, 2, 10, 12))  # A, B
    found = boxes((0, 0, 10, 10), (0, 0.5, 10, 10.5))  # second: A 95/105, B 85/115 = .74
    assert matched(truth, found, np.array([0.9, 0.8], np.float32)).tolist() == [True, True]


def test_matching_without_truth_is_all_false() -> None:
    assert matched(boxes(), boxes(FAR), np.array([0.9], np.float32)).tolist() == [False]


def test_average_precision_by_hand() -> None:
    # Best first: right, wrong, right, wrong, wrong, right; 4 boxes, one never found.
    # precision 1, 1/2, 2/3, 1/2, 2/5, 3/6; made falling from the right: 1, 2/3, 2/3, 1/2, 1/2, 1/2.
    # AP = 1/4 * (1 + 2/3 + 1/2) = 13/24
    right = np.array([1, 0, 1, 0, 0, 1], float)
    assert average_precision(right, 1 - right, 4) == pytest.approx(13 / 24)


def test_average_precision_is_the_area_under_the_best_precision_at_each_recall() -> None:
    # The same derived another way: at each recall level k/total, the best precision of any cut that reaches k hits.
    rng = np.random.default_rng(11)
    for _ in range(50):
        right = rng.random(40) < rng.random()
        total = int(right.sum()) + int(rng.integers(0, 10)) or 1
        area = 0.0
        for k in range(1, total + 1):
            cuts = [right[:m].mean() for m in range(1, 41) if right[:m].sum() >= k]
            area += max(cuts, default=0.0) / total
        assert average_precision(right.astype(float), (~right).astype(float), total) == pytest.approx(area)


def test_detections_of_all_pictures_compete_in_one_list() -> None:
    # Picture 1: true .9, false .6. Picture 2: false .8, true .7. Clean picture: false .95. Two boxes.
    # By score: wrong .95, right .9, wrong .8, right .7, wrong .6: precision 0, 1/2, 1/3, 1/2, 2/5;
    # falling from the right: 1/2, 1/2, 1/2, 1/2, 2/5 -> AP = 1/2 * 1/2 + 1/2 * 1/2 = 1/2
    target: Box = (0, 0, 10, 10)
    figure = ap50(
        [
            seen([target], [(target, 0.9), (FAR, 0.6)]),
            seen([target], [(FAR, 0.8), (target, 0.7)]),
            seen([], [(FAR, 0.95)]),
        ]
    )
    assert figure.value == pytest.approx(0.5)
    assert figure.n == 2
    assert figure.low is not None
    assert figure.high is not None
    assert 0 <= figure.low <= 0.5 <= figure.high <= 1


def test_a_perfect_detector() -> None:
    target: Box = (0, 0, 10, 10)
    perfect = [seen([target], [(target, 0.9)])] * 20
    figure = ap50(perfect)
    assert (figure.value, figure.low, figure.high) == (1.0, 1.0, 1.0)
    assert recall20(perfect).n == 20
