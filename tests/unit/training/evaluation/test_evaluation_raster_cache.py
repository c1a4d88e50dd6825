"""Rasters kept on disk come back pixel for pixel; damaged ones are drawn anew; failures are not remembered."""

from pathlib import Path

import numpy as np
import pytest

from inference.errors import BadArtwork
from training.evaluation.raster_cache import RasterCache

calls: list[str] = []


def rasterise(data: bytes, *, name: str) -> np.ndarray:
    calls.append(name)
    if data == b"bad":
        raise BadArtwork(f"{name} cannot be drawn")
    pixels = np.random.default_rng(len(data)).integers(0, 256, (17, 31, 4)).astype(np.uint8)
    pixels[:5, :, 3] = 0  # colours under full transparency must survive too
    return pixels


@pytest.fixture(autouse=True)
def _forget() -> None:
    calls.clear()


def test_what_cannot_be_drawn_is_tried_each_time(tmp_path: Path) -> None:
    cache = RasterCache(tmp_path, rasterise)
    for _ in range(2):
        with pytest.raises(BadArtwork):
            cache.drawn(b"bad", "ab" * 32, name="x")
    assert calls == ["x", "x"]
    assert not cache.folder.exists()


def test_a_damaged_file_is_drawn_anew(tmp_path: Path) -> None:
    cache = RasterCache(tmp_path, rasterise)
    first = cache.drawn(b"fine", "ab" * 32, name="x")
    (file,) = cache.folder.rglob("*.png")
    file.write_bytes(file.read_bytes()[:20])
    np.testing.assert_array_equal(cache.drawn(b"fine", "ab" * 32, name="x"), first)
    assert calls == ["x", "x"]


def test_the_same_pixels_come_back_without_drawing(tmp_path: Path) -> None:
    first = RasterCache(tmp_path, rasterise).drawn(b"fine", "ab" * 32, name="x")
    again = RasterCache(tmp_path, rasterise).drawn(b"fine", "ab" * 32, name="x")
    np.testing.assert_array_equal(again, first)
    assert calls == ["x"]
