"""Ordinary things: a mark that looks like one is common, whatever it is found on; the score says so."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.calibration import Calibration
from inference.cohort import read_cohort
from inference.errors import BadBundle
from inference.gallery import Gallery
from inference.inspector import load_inspector
from inference.ordinary import FILE, NEAREST, Ordinary
from inference.suspicion import match
from inference.vocabulary import Detection, Mark
from tests.unit.inference.test_inspector import (
    GREEN,
    RED,
    SIDE,
    Blocks,
    Colours,
    direction,
    inspector,
    photograph,
    write_bundle,
)
from training.cohort import write


def axes(n: int, d: int) -> NDArray[np.float32]:
    return np.eye(n, d, dtype=np.float32)


def test_rarity_is_what_is_left_of_the_likeness_to_the_nearest_things() -> None:
    ordinary = Ordinary(np.repeat(axes(4, 4), [3, 2, 2, 3], axis=0))
    filed = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.6, 0.8, 0.0]], np.float32)
    assert ordinary.rarity(filed).tolist() == pytest.approx([0.0, 1 - (0.8 + 0.8 + 0.6) / 3])


def test_no_things_no_rarity() -> None:
    out = io.BytesIO()
    np.save(out, axes(NEAREST - 1, 8).astype(np.float16))
    with pytest.raises(BadBundle, match=rf"ordinary\.npy: a cohort is \(n, d\) with n at least {NEAREST}"):
        read_cohort(out.getvalue(), Ordinary, dimension=8)


def test_a_mark_like_ordinary_things_scores_less_at_equal_likeness() -> None:
    gallery = Gallery(4)
    for number in range(2):
        mark = Mark(mark_id=str(number), title="Ring", holder=f"Holder {number}")
        gallery.add(mark, axes(4, 4)[number : number + 1], [f"{number}" * 64])
    ordinary = Ordinary(np.repeat(axes(1, 4), NEAREST, axis=0))  # all of them like the first mark
    calibration = Calibration(intercept=-5.0, similarity=6.0, rarity=2.0)
    seen = Detection(box=(0.0, 0.0, 64.0, 64.0), score=0.9)
    scores = {}
    for hits in gallery.search(axes(2, 4), 1):
        (hit,) = hits
        assert hit.vector is not None
        (rarity,) = ordinary.rarity(hit.vector[None]).tolist()
        (told,) = match([type(hit)(**{**vars(hit), "rarity": rarity})], seen=seen, calibration=calibration)
        scores[told.mark.mark_id] = told.score
        assert told.rarity == rarity
    assert scores["0"] == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert scores["1"] == pytest.approx(1 / (1 + np.exp(-3.0)))


def test_rarity_never_speaks_against_a_mark() -> None:
    with pytest.raises(ValueError, match="rarity -1"):
        Calibration(intercept=0.0, similarity=1.0, rarity=-1.0)


def test_what_looks_like_ordinary_things_is_suspected_less() -> None:
    judge = inspector(("red", RED), ("green", GREEN))
    judge.calibration = Calibration(intercept=-22.0, similarity=20.0, rarity=3.0)
    judge.ordinary = Ordinary(np.repeat(direction(GREEN), NEAREST, axis=0))
    verdict = judge.inspect(photograph(RED, GREEN))
    assert [suspicion.mark.mark_id for suspicion in verdict.suspicions] == ["red"]
    rarities = {finding.matches[0].mark.mark_id: finding.matches[0].rarity for finding in verdict.findings}
    assert rarities["green"] == pytest.approx(0.0, abs=1e-5)
    assert rarities["red"] > 0.5
    own = np.concatenate([direction(RED), direction(GREEN)])
    rated = judge.rate(own, np.ones(2, np.float32), np.array([-1.0, -1.0], np.float32), own)
    assert rated[0] > 0.5 > rated[1]


@pytest.mark.parametrize("ordinary", [False, True])
def test_rarity_counts_only_where_ordinary_things_are_known(
    ordinary: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("intercept", "similarity", "margin", "wording", "verified", "detection", "size", "rarity")
    calibration = dict.fromkeys(names, 1.0)
    write_bundle(tmp_path, "detector", {"side": SIDE, "least": 0.6, "most": 5})
    write_bundle(tmp_path, "embedder", {"side": 8, "dimension": 3, "threshold": 0.375, "calibration": calibration})
    if ordinary:
        write(tmp_path, np.repeat(direction(GREEN), NEAREST, axis=0), file=FILE)
    sessions = iter([Blocks(), Colours()])
    monkeypatch.setattr("inference.inspector.OrtSession", lambda model, threads: next(sessions))
    if not ordinary:  # every mark would be rarer than any is
        with pytest.raises(BadBundle, match=r"counts rarity, but ordinary\.npy is missing"):
            load_inspector(tmp_path, threads=1)
        return
    loaded = load_inspector(tmp_path, threads=1)
    assert loaded.ordinary is not None
    assert loaded.ordinary.rarity(direction(GREEN)) == pytest.approx(0.0, abs=1e-3)
