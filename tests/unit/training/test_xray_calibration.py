"""Fitting the score of X-ray scans: a scan without marks is as bad as the strongest of all its matches."""

from dataclasses import replace

import numpy as np
import pytest

from inference.calibration import Calibration
from inference.gallery import Hit
from inference.suspicion import judge, match
from inference.vocabulary import Finding, Verdict
from tests.unit.inference.findings import mark, seen
from training.xray.calibration import TRUSTING, best_score, calibrate, judged

CALIBRATION = Calibration(intercept=-6.0, similarity=9.0, margin=5.0, detection=0.7, size=0.5, rarity=6.0)


def verdict_on(calibration: Calibration, *places: list[tuple[str, float, float]]) -> Verdict:
    """A verdict on detections whose hits are given as right holder, similarity and rarity."""
    findings = []
    for number, hits in enumerate(places):
        here = replace(seen(96.0), box=(200.0 * number, 0.0, 200.0 * number + 96, 96.0), score=0.6)
        own = [Hit(mark=mark(h), reference=f"ref-{h}", similarity=s, rarity=r) for h, s, r in hits]
        matches = match(own, seen=here, calibration=calibration, cohort=0.3)
        findings.append(Finding(detection=here, matches=matches, cohort=0.3))
    return judge(findings, 0.0)


PLACES = (
    [("ring", 0.8, 0.1), ("rare", 0.75, 0.9), ("far", 0.2, 1.0)],
    [("other", 0.4, 0.5)],
    [],
)


def test_the_strongest_match_counts_be_it_the_likest_or_not() -> None:
    told = verdict_on(CALIBRATION, *PLACES)
    assert told.findings[0].matches[0].mark.holder == "rare"
    highest = max(one.score for finding in told.findings for one in finding.matches)
    assert best_score(verdict_on(TRUSTING, *PLACES), CALIBRATION) == pytest.approx(highest)


def test_a_scan_in_which_nothing_was_found_scores_nothing() -> None:
    assert best_score(verdict_on(TRUSTING), CALIBRATION) == 0.0
    assert best_score(verdict_on(TRUSTING, []), CALIBRATION) == 0.0


def test_a_match_is_right_where_a_mark_of_its_right_holder_is_also_as_a_runner_up() -> None:
    told = verdict_on(TRUSTING, [("A", 0.8, 1.0), ("C", 0.7, 1.0)], [("B", 0.7, 1.0), ("A", 0.6, 1.0)])
    boxes = np.array([[0, 0, 90, 96], [400, 0, 500, 96], [0, 0, 96, 96]], np.float32)
    assert judged(told, boxes, ["A", "B", "C"]).right.tolist() == [True, True, False, False]
    assert judged(told, boxes[:0], []).clean


def test_the_score_is_fitted_on_runners_up_too() -> None:
    """Only as runners-up are rare marks right here: who fits on the likest alone cannot learn it."""
    rng = np.random.default_rng(1)
    scans = []
    for number in range(120):
        marked = number % 2 == 0
        near = rng.uniform(0.5, 0.8) + 0.1 * marked
        told = verdict_on(TRUSTING, [("ring", near, 0.1), ("rare", near - rng.uniform(0.01, 0.1), 0.3 + 0.4 * marked)])
        scans.append(judged(told, np.array([[0, 0, 96, 96]] * marked, np.float32).reshape(-1, 4), ["rare"] * marked))
    calibration, threshold, told_of = calibrate(scans, percent=0.5)
    assert calibration.rarity > 0
    assert told_of["matches"] == 240
    assert max(best_score(one.verdict, calibration) for one in scans if one.clean) < threshold
