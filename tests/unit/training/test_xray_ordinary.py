"""Ordinary things: what is found where there is no mark becomes part of the deployed embedder."""

import json
from pathlib import Path

import numpy as np
import pytest

from inference.cohort import read_cohort
from inference.inspector import Inspector
from inference.ordinary import FILE, NEAREST, Ordinary
from tests.unit.inference.test_inspector import GREEN, RED, direction, inspector, photograph
from training.cohort import write
from training.xray.ordinary import chosen_of, found_in


def test_all_that_is_detected_is_a_thing() -> None:
    judge: Inspector = inspector()
    found = found_in(judge, photograph(RED, GREEN))
    assert found == pytest.approx(np.concatenate([direction(RED), direction(GREEN)]), abs=1e-4)
    assert found_in(judge, photograph()).shape == (0, 3)


def test_some_are_kept_by_chance_and_the_same_ones_each_time() -> None:
    found = [np.eye(8, dtype=np.float32), np.zeros((0, 8), np.float32)]
    kept = chosen_of(found, 5, seed=1)
    assert kept.shape == (5, 8)
    assert (kept == chosen_of(found, 5, seed=1)).all()
    assert len(np.unique(kept, axis=0)) == 5


@pytest.mark.parametrize("found", [[], [np.zeros((0, 8), np.float32)], [np.eye(NEAREST - 1, 8, dtype=np.float32)]])
def test_too_few_are_none(found: list[np.ndarray]) -> None:
    with pytest.raises(ValueError, match=f"at least {NEAREST}"):
        chosen_of(found, 5, seed=1)


def test_they_are_kept_beside_the_cohort(tmp_path: Path) -> None:
    (tmp_path / "current.toml").write_text('[xray_embedder]\nname = "x-1"\nsha256 = ""\n')
    (tmp_path / "x-1").mkdir()
    (tmp_path / "x-1" / "bundle.json").write_text(json.dumps({"attachments": {"cohort.npy": "c" * 64}}))
    file = write(tmp_path, np.eye(8, dtype=np.float32), "xray_embedder", FILE)
    assert read_cohort(file.read_bytes(), Ordinary, dimension=8).rarity(
        np.eye(1, 8, dtype=np.float32)
    ) == pytest.approx(2 / 3)
    assert set(json.loads((tmp_path / "x-1" / "bundle.json").read_text())["attachments"]) == {"cohort.npy", FILE}
