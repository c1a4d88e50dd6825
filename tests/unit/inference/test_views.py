"""Photographs of goods as references: whole, square, as a detection of the whole would be; ugly files are refused."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.artwork.embedding import ArtworkEmbedder
from inference.artwork.rasterise import LIMITS, Rgba
from inference.artwork.table import VARIANTS
from inference.artwork.views import kind_of, on_white, vectors_of
from inference.embedder import LOOKS, Embedder, square_crop
from inference.errors import BadArtwork

SIDE = 32


class Thumbnails:
    """A session whose vector is the picture itself at 4 x 4, with a constant, of length 1."""

    def __init__(self) -> None:
        self.pictures: list[NDArray[np.uint8]] = []

    def run(self, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        self.pictures.extend(pictures)
        rows = [np.append(cv2.resize(p, (4, 4), interpolation=cv2.INTER_AREA).ravel(), 50.0) for p in pictures]
        return [np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)]


def embedder() -> tuple[Thumbnails, Embedder]:
    session = Thumbnails()
    made = Embedder(session, side=SIDE, dimension=49, sha256="e" * 64)
    session.pictures.clear()  # of the warming up
    return session, made


def shot(height: int = 90, width: int = 160) -> NDArray[np.uint8]:
    """A photograph of goods: noise, so that nothing in it repeats."""
    small = np.random.default_rng(1).integers(0, 256, (9, 16, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def jpeg(image: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", image[..., ::-1])[1].tobytes()


def test_only_the_variant_photo_is_a_photograph() -> None:
    assert {variant: kind_of(variant) for variant in VARIANTS} == {
        "artwork": "artwork",
        "symbol": "artwork",
        "wordmark": "artwork",
        "photo": "photo",
    }


def test_a_photograph_is_looked_at_whole_and_on_no_ground() -> None:
    session, made = embedder()
    image = shot()
    vectors = vectors_of(np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]), "photo", made)
    assert vectors.shape == (1, 49)
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)
    whole = np.array([0, 0, 160, 90], np.float32)
    for seen, margin in zip(session.pictures, LOOKS, strict=True):
        np.testing.assert_array_equal(seen, square_crop(image, whole, SIDE, margin))


def test_artwork_has_its_views_on_grounds() -> None:
    session, made = embedder()
    artwork: Rgba = np.full((20, 20, 4), (200, 0, 0, 255), np.uint8)
    assert vectors_of(artwork, "artwork", made).shape == (2, 49)
    assert [int(picture[0, 0, 0]) for picture in session.pictures] == [255, 25]


@pytest.mark.parametrize("shape", [(1, 1), (1, 256), (256, 1)])
def test_a_photograph_of_any_shape_has_a_vector(shape: tuple[int, int]) -> None:
    vectors = vectors_of(np.zeros((*shape, 4), np.uint8), "photo", embedder()[1])
    assert vectors.shape == (1, 49)
    assert np.isfinite(vectors).all()


def test_transparency_becomes_white() -> None:
    picture = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 128]]], np.uint8)
    assert on_white(picture).tolist() == [[[10, 20, 30], [255, 255, 255], [127, 127, 127]]]


def test_the_same_jpeg_is_remembered_for_each_kind(tmp_path: Path) -> None:
    data = jpeg(shot(400, 600))
    for runs in (4, 0):
        session, made = embedder()
        artwork = ArtworkEmbedder.remembering(made, tmp_path)
        filed = artwork.vectors(data, name="goods.jpg")
        photographed = artwork.vectors(data, name="goods.jpg", variant="photo")
        artwork.cache.save()
        assert filed[0] == photographed[0] == hashlib.sha256(data).hexdigest()
        assert (filed[1].shape, photographed[1].shape) == ((2, 49), (1, 49))
        assert len(session.pictures) == runs


@pytest.mark.parametrize("cut", [0, 1, 200, -2])
def test_an_incomplete_jpeg_is_refused(tmp_path: Path, cut: int) -> None:
    artwork = ArtworkEmbedder.remembering(embedder()[1], tmp_path)
    with pytest.raises(BadArtwork, match=r"goods\.jpg"):
        artwork.vectors(jpeg(shot())[:cut], name="goods.jpg", variant="photo")


def test_a_jpeg_beyond_the_limit_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    data = jpeg(shot(64, 64))
    at = data.index(b"\xff\xc0") + 5  # height and width in the frame header
    huge = data[:at] + (60000).to_bytes(2, "big") + (60000).to_bytes(2, "big") + data[at + 4 :]
    assert LIMITS.max_pixels < 60000**2
    artwork = ArtworkEmbedder.remembering(embedder()[1], tmp_path)
    with pytest.raises(BadArtwork, match="pixels"):
        artwork.vectors(huge, name="goods.jpg", variant="photo")
