"""Pixels of recorded artwork: drawn from the stored file once; what cannot be had never fails a scan."""

from pathlib import Path

import numpy as np
import pytest

from inference.artwork.raster_cache import RasterCache
from inference.artwork.rasterise import Rgba
from inference.errors import BadArtwork
from inference.fitting import Fitter
from service.registry.pixels import StoredArtworks
from service.storage import FileStore
from tests.integration.service.harness import Service
from tests.integration.service.pictures import mark


class Drawing:
    """Draws a square as wide as the file is long, and counts."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, data: bytes, *, name: str) -> Rgba:
        self.calls += 1
        if data == b"bad":
            raise BadArtwork(f"{name} cannot be drawn")
        return np.full((len(data), len(data), 4), 200, np.uint8)


def test_artwork_is_drawn_once_and_then_remembered(tmp_path: Path) -> None:
    files, drawing = FileStore(tmp_path / "files"), Drawing()
    sha256 = files.put(b"12345")
    for _ in range(2):
        artworks = StoredArtworks(files, RasterCache(tmp_path / "cache", drawing))
        pixels = artworks(sha256)
        assert pixels is not None
        assert pixels.shape == (5, 5, 4)
    assert drawing.calls == 1


@pytest.mark.parametrize("reference", ["ab" * 32, "no sha256", "", "../../etc/passwd"])
def test_what_is_not_stored_is_not_at_hand(tmp_path: Path, reference: str) -> None:
    artworks = StoredArtworks(FileStore(tmp_path / "files"), RasterCache(tmp_path / "cache", Drawing()))
    assert artworks(reference) is None


def test_what_cannot_be_drawn_is_not_at_hand(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    artworks = StoredArtworks(files, RasterCache(tmp_path / "cache", Drawing()))
    assert artworks(files.put(b"bad")) is None


def test_a_cache_that_cannot_be_written_is_no_fault_of_the_scan(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    files = FileStore(tmp_path / "files")
    assert StoredArtworks(files, RasterCache(tmp_path / "cache", Drawing()))(files.put(b"123")) is None


def test_the_service_lays_recorded_artwork_on_photographs(service: Service) -> None:
    answer = service.record("fox", 1).json()
    fitter = service.parts.inspector.fitter
    assert isinstance(fitter, Fitter)
    filed = fitter.artworks(answer["artwork"][0]["sha256"])
    assert filed is not None
    step = filed.shape[0] // 4
    corners = filed[step // 2 :: step, step // 2 :: step, :3]  # the middles of the mark's blocks
    assert np.abs(corners.astype(int) - mark(1)[16::32, 16::32]).max() <= 2
