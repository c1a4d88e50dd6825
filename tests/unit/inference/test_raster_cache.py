"""Rasters kept on disk come back pixel for pixel; damaged ones are drawn anew; failures are not remembered."""

import hashlib
import inspect
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.artwork.raster_cache import RasterCache
from inference.errors import BadArtwork

SHA = "ab" * 32
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
            cache.drawn(b"bad", SHA, name="x")
    assert calls == ["x", "x"]
    assert not cache.folder.exists()


@pytest.mark.parametrize("left", [0, 1, 20, 40, 0.5, -1])
def test_a_file_cut_short_is_drawn_anew(tmp_path: Path, left: float) -> None:
    cache = RasterCache(tmp_path, rasterise)
    first = cache.drawn(b"fine", SHA, name="x")
    (file,) = cache.folder.rglob("*.png")
    whole = file.read_bytes()
    file.write_bytes(whole[: int(left * len(whole)) if left == 0.5 else int(left)])
    assert cache.known(SHA) is None
    np.testing.assert_array_equal(cache.drawn(b"fine", SHA, name="x"), first)
    assert calls == ["x", "x"]
    assert file.read_bytes() == whole


@pytest.mark.parametrize("shape", [(17, 31), (17, 31, 3)])
def test_a_picture_without_alpha_is_not_ours(tmp_path: Path, shape: tuple[int, ...]) -> None:
    cache = RasterCache(tmp_path, rasterise)
    cache.drawn(b"fine", SHA, name="x")
    (file,) = cache.folder.rglob("*.png")
    for kind in (np.uint8, np.uint16):
        cv2.imwrite(str(file), np.zeros(shape, kind))
        assert cache.known(SHA) is None
    cv2.imwrite(str(file), np.zeros((17, 31, 4), np.uint16))
    assert cache.known(SHA) is None


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = RasterCache(tmp_path, rasterise)

    def refuse(self: Path, target: Path) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(OSError, match="no space"):
            cache.drawn(b"fine", SHA, name="x")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert cache.known(SHA) is None


def test_many_may_draw_the_same_at_once(tmp_path: Path) -> None:
    def draw(_: int) -> np.ndarray:
        return RasterCache(tmp_path, rasterise).drawn(b"fine", SHA, name="x")

    with ThreadPoolExecutor(16) as pool:
        drawn = list(pool.map(draw, range(200)))
    expected = rasterise(b"fine", name="x")
    assert all(np.array_equal(pixels, expected) for pixels in drawn)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{SHA}.png"]


def test_the_same_pixels_come_back_without_drawing(tmp_path: Path) -> None:
    first = RasterCache(tmp_path, rasterise).drawn(b"fine", SHA, name="x")
    again = RasterCache(tmp_path, rasterise).drawn(b"fine", SHA, name="x")
    np.testing.assert_array_equal(again, first)
    assert calls == ["x"]


def test_the_folder_is_named_by_the_code_that_draws(tmp_path: Path) -> None:
    code = inspect.getsource(sys.modules[__name__]).encode()
    cache = RasterCache(tmp_path, rasterise)
    assert cache.folder == tmp_path / f"rasters-{hashlib.sha256(code).hexdigest()[:16]}"
    assert pickle.loads(pickle.dumps(cache)).folder == cache.folder  # noqa: S301 - other processes get it so
