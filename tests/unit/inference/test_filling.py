"""Filling a gallery: bad rows are returned and stop nothing, known artwork is not embedded, a mark is added at once."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from inference.artwork import filling
from inference.artwork.embedding import ArtworkEmbedder, recipe
from inference.artwork.filling import fill_gallery
from inference.artwork.table import ArtworkRow
from inference.errors import BadArtwork
from inference.vocabulary import Vectors
from tests.fakes import RecordingGallery

CONTENT = {"red": b"1", "red too": b"1", "red side": b"12", "green": b"123", "unreadable": b"bad"}


@dataclass
class FakeEmbedder:
    """One vector a picture: (1, 2), its direction the picture's width."""

    sha256: str = "0" * 64
    calls: int = 0

    def embed(self, image: np.ndarray, boxes: np.ndarray) -> Vectors:
        self.calls += 1
        assert boxes.tolist() == [[0, 0, image.shape[1], image.shape[0]]]
        return np.array([[0, 1]], np.float32)

    def embed_artwork(self, artwork: np.ndarray) -> Vectors:
        self.calls += 1
        angle = float(artwork.shape[1])
        return np.array([[np.cos(angle), np.sin(angle)]], np.float32)


def rasterise(data: bytes, *, name: str) -> np.ndarray:
    if data == b"bad":
        raise BadArtwork(f"{name} cannot be drawn")
    return np.full((4, len(data), 4), 200, np.uint8)


@pytest.fixture
def rows(tmp_path: Path) -> list[ArtworkRow]:
    """Five rows that can be read, and one whose file is gone since the table was read."""
    for name, data in CONTENT.items():
        (tmp_path / name).write_bytes(data)
    marks = ("red", "red", "red", "green", "lost", "gone")
    return [
        ArtworkRow(line=line, mark_id=mark, title=file.title(), holder=f"{mark}-holder", file=tmp_path / file)
        for line, (mark, file) in enumerate(zip(marks, (*CONTENT, "no such file"), strict=True), start=2)
    ]


def remembering(folder: Path) -> tuple[FakeEmbedder, ArtworkEmbedder]:
    embedder = FakeEmbedder()
    return embedder, ArtworkEmbedder.remembering(embedder, folder, rasterise)


def test_rows_that_cannot_be_used_are_returned_and_stop_nothing(rows: list[ArtworkRow], tmp_path: Path) -> None:
    gallery, steps = RecordingGallery(), list[tuple[int, int]]()
    _, artwork = remembering(tmp_path / "cache")
    bad = fill_gallery(rows, gallery, artwork, lambda done, total: steps.append((done, total)))
    assert [(row.line, row.reason) for row in bad] == [
        (6, "unreadable cannot be drawn"),
        (7, "no such file cannot be read: No such file or directory"),
    ]
    assert [mark.mark_id for mark, _, _ in gallery.entries] == ["red", "green"]
    assert steps == [(done, 6) for done in range(1, 7)]


def test_a_mark_is_added_at_once_with_each_picture_once(rows: list[ArtworkRow], tmp_path: Path) -> None:
    gallery = RecordingGallery()
    fill_gallery(rows, gallery, remembering(tmp_path / "cache")[1])
    mark, vectors, references = gallery.entries[0]
    assert (mark.holder, mark.title, vectors.shape) == ("red-holder", "Red", (2, 2))
    assert references == tuple(hashlib.sha256(data).hexdigest() for data in (b"1", b"12"))


def test_a_second_run_embeds_nothing(rows: list[ArtworkRow], tmp_path: Path) -> None:
    one, other = RecordingGallery(), RecordingGallery()
    first, artwork = remembering(tmp_path / "cache")
    fill_gallery(rows, one, artwork)
    second, artwork = remembering(tmp_path / "cache")
    fill_gallery(rows, other, artwork)
    assert (first.calls, second.calls) == (3, 0)
    np.testing.assert_array_equal(one.entries[0][1], other.entries[0][1])


def test_an_interrupted_run_keeps_what_it_saved(
    rows: list[ArtworkRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "SAVE_EVERY", 2)

    def interrupt(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill_gallery(rows, RecordingGallery(), remembering(tmp_path / "cache")[1], interrupt)
    embedder, artwork = remembering(tmp_path / "cache")
    fill_gallery(rows, RecordingGallery(), artwork)
    assert embedder.calls == 2


def test_a_cache_that_cannot_be_written_is_no_fault_of_the_rows(rows: list[ArtworkRow], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(NotADirectoryError):
        fill_gallery(rows, RecordingGallery(), remembering(tmp_path / "cache")[1])


def test_the_same_picture_as_artwork_and_as_a_photograph_is_two(rows: list[ArtworkRow], tmp_path: Path) -> None:
    both = [rows[0], replace(rows[0], variant="photo"), replace(rows[0], variant="symbol")]
    for calls in (2, 0):  # a second run remembers both
        gallery, (embedder, artwork) = RecordingGallery(), remembering(tmp_path / "cache")
        assert fill_gallery(both, gallery, artwork) == []
        _, vectors, references = gallery.entries[0]
        assert embedder.calls == calls
        assert references == (hashlib.sha256(b"1").hexdigest(),) * 2
        np.testing.assert_allclose(vectors, [[np.cos(1), np.sin(1)], [0, 1]], rtol=1e-6)


def test_no_rows_write_nothing(tmp_path: Path) -> None:
    assert fill_gallery([], RecordingGallery(), remembering(tmp_path / "cache")[1]) == []
    assert not (tmp_path / "cache").exists()


def test_another_embedder_or_other_drawing_is_another_recipe() -> None:
    from inference.artwork.rasterise import rasterise as real  # noqa: PLC0415 - beside the fake of the same name

    assert recipe(FakeEmbedder(), rasterise) == recipe(FakeEmbedder(), rasterise)
    assert recipe(FakeEmbedder(), rasterise) != recipe(FakeEmbedder(sha256="1" * 64), rasterise)
    assert recipe(FakeEmbedder(), rasterise) != recipe(FakeEmbedder(), real)
