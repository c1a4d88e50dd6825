"""The cache of artwork vectors: a damaged file is made anew, an interrupted write leaves the old one."""

import io
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from inference.artwork.vector_cache import VectorCache


def vectors(rows: int, value: float) -> np.ndarray:
    return np.full((rows, 3), value, np.float32)


def npy() -> bytes:
    """A file that numpy can read, but no table."""
    file = io.BytesIO()
    np.save(file, vectors(2, 1))
    return file.getvalue()


def saved(folder: Path) -> VectorCache:
    """A cache with two pictures, on disk."""
    cache = VectorCache(folder, "r")
    cache.put("a", vectors(2, 1))
    cache.put("b", vectors(1, 2))
    cache.save()
    return cache


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"text", npy()])
def test_a_damaged_file_is_made_anew_and_said_so(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = VectorCache(tmp_path, "r").path
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert len(VectorCache(tmp_path, "r")) == 0
    assert "made anew" in caplog.text


def test_a_file_cut_short_anywhere_is_made_anew(tmp_path: Path) -> None:
    path = saved(tmp_path).path
    whole = path.read_bytes()
    for left in range(0, len(whole), 7):
        path.write_bytes(whole[:left])
        assert len(VectorCache(tmp_path, "r")) == 0


def test_a_changed_byte_is_never_a_wrong_vector(tmp_path: Path) -> None:
    path = saved(tmp_path).path
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        cache = VectorCache(tmp_path, "r")
        if len(cache):  # what was changed does not matter: a date, say
            np.testing.assert_array_equal(cache.get("a"), vectors(2, 1))
            np.testing.assert_array_equal(cache.get("b"), vectors(1, 2))


@pytest.mark.parametrize(
    ("counts", "rows"),
    [
        ([5], vectors(2, 1)),
        ([1, 1], vectors(2, 1)),
        ([3], vectors(2, 1).ravel()[:3]),
        ([2], vectors(2, 1).astype(np.float64)),
    ],
)
def test_a_file_that_contradicts_itself_is_made_anew(tmp_path: Path, counts: list[int], rows: np.ndarray) -> None:
    np.savez(VectorCache(tmp_path, "r").path, pictures=np.array(["a"]), counts=np.array(counts), vectors=rows)
    assert len(VectorCache(tmp_path, "r")) == 0


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = saved(tmp_path)
    cache.put("c", vectors(1, 3))

    def full_disk(file: BinaryIO, **arrays: object) -> None:
        file.write(b"PK")
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full_disk)
        with pytest.raises(OSError, match="no space"):
            cache.save()
    assert [p.name for p in tmp_path.iterdir()] == ["artwork-r.npz"]
    assert len(VectorCache(tmp_path, "r")) == 2
    cache.save()
    assert len(VectorCache(tmp_path, "r")) == 3


def test_two_runs_at_once_keep_what_both_made(tmp_path: Path) -> None:
    one, other = VectorCache(tmp_path, "r"), VectorCache(tmp_path, "r")
    one.put("a", vectors(2, 1))
    other.put("b", vectors(1, 2))
    one.save()
    other.save()
    again = VectorCache(tmp_path, "r")
    np.testing.assert_array_equal(again.get("a"), vectors(2, 1))
    np.testing.assert_array_equal(again.get("b"), vectors(1, 2))


def test_whoever_reads_while_others_write_sees_a_whole_file(tmp_path: Path) -> None:
    saved(tmp_path)

    def write(number: int) -> int:
        cache = VectorCache(tmp_path, "r")
        cache.put(f"new {number}", vectors(1, 4))
        cache.save()
        return len(VectorCache(tmp_path, "r"))

    with ThreadPoolExecutor(8) as pool:
        assert min(pool.map(write, range(100))) >= 2
    assert [p.name for p in tmp_path.iterdir()] == ["artwork-r.npz"]


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
