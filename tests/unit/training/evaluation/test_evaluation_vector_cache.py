"""The cache of artwork vectors: a damaged file is made anew, an interrupted write leaves the old one."""

import logging
from pathlib import Path

import numpy as np
import pytest

from training.evaluation.vector_cache import VectorCache


def vectors(rows: int, value: float) -> np.ndarray:
    return np.full((rows, 3), value, np.float32)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"text"])
def test_a_damaged_file_is_made_anew_and_said_so(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = VectorCache(tmp_path, "r").path
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert len(VectorCache(tmp_path, "r")) == 0
    assert "made anew" in caplog.text


def test_a_file_that_contradicts_itself_is_made_anew(tmp_path: Path) -> None:
    np.savez(VectorCache(tmp_path, "r").path, pictures=np.array(["a"]), counts=np.array([5]), vectors=vectors(2, 1))
    assert len(VectorCache(tmp_path, "r")) == 0


def test_nothing_to_save_writes_nothing(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "folder", "r")
    cache.save()
    assert not (tmp_path / "folder").exists()


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, "r")
    cache.put("a", vectors(2, 1))
    cache.put("b", vectors(1, 2))
    cache.put("c", vectors(3, 3))
    cache.save()
    again = VectorCache(tmp_path, "r")
    for name, rows, value in (("a", 2, 1), ("b", 1, 2), ("c", 3, 3)):
        np.testing.assert_array_equal(again.get(name), vectors(rows, value))
    assert again.get("d") is None
    assert [p.name for p in tmp_path.iterdir()] == ["artwork-r.npz"]


def test_another_recipe_is_another_cache(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, "one")
    cache.put("a", vectors(1, 1))
    cache.save()
    assert VectorCache(tmp_path, "two").get("a") is None
