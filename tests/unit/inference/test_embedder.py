"""The embedder's geometry, against a slow version that looks up one pixel at a time."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.embedder import BATCH, LOOKS, MARGIN, THOROUGH, Embedder, artwork_view, artwork_views, square_crop
from inference.vocabulary import Boxes, Image

SIDE = 16


class MeanColours:
    """A session that states each picture's mean colour, as a vector of length 1, and remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        assert pictures.dtype == np.uint8
        self.batches.append(len(pictures))
        means = pictures.reshape(len(pictures), -1, 3).mean(1, dtype=np.float64) + 1  # (n, 3)
        return [(means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)]


def embedder() -> Embedder:
    return Embedder(MeanColours(), side=SIDE, dimension=3, sha256="e" * 64)


class ColoursAndCorner(MeanColours):
    """The same, followed by two parts: the red and green of the picture's first pixel."""

    def run(self, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        corner = pictures[:, 0, 0, :2].astype(np.float32) / 255
        return [np.concatenate([super().run(pictures)[0], corner], 1)]


def test_vector_and_parts_are_those_of_both_looks() -> None:
    image, boxes = gradient(200, 200), np.array([[40, 60, 120, 140]], np.float32)
    with_parts = Embedder(ColoursAndCorner(), side=SIDE, dimension=3, sha256="e" * 64, parts=2).embed(image, boxes)
    assert with_parts.shape == (1, 5)
    np.testing.assert_allclose(with_parts[:, :3], embedder().embed(image, boxes), atol=1e-6)
    corners = [square_crop(image, boxes[0], SIDE, margin)[0, 0, :2] / 255 for margin in LOOKS]
    np.testing.assert_allclose(with_parts[0, 3:], np.mean(corners, 0), atol=1e-6)


def test_a_net_with_other_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="parts 3, but the net gives"):
        Embedder(ColoursAndCorner(), side=SIDE, dimension=3, sha256="e" * 64, parts=3)


def box(x1: float, y1: float, x2: float, y2: float) -> NDArray[np.float32]:
    return np.array([x1, y1, x2, y2], np.float32)


def gradient(h: int, w: int) -> Image:
    """Red says the column, green the row: a pixel's colour is its place."""
    image = np.zeros((h, w, 3), np.uint8)
    image[..., 0] = np.arange(w)
    image[..., 1] = np.arange(h)[:, None]
    return image


def looked_up(image: Image, x1: int, y1: int, reach: int) -> Image:
    """The square of `reach` px from (x1, y1), each pixel looked up at the nearest place inside the image."""
    h, w = image.shape[:2]
    square = np.zeros((reach, reach, 3), np.uint8)
    for y in range(reach):
        for x in range(reach):
            square[y, x] = image[min(max(y1 + y, 0), h - 1), min(max(x1 + x, 0), w - 1)]
    return square


def resized(square: Image, side: int) -> Image:
    how = cv2.INTER_AREA if len(square) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (side, side), interpolation=how), np.uint8)


@pytest.mark.parametrize(
    ("corners", "x1", "y1", "reach"),
    [
        ((40, 30, 60, 50), 38, 28, 23),  # 20 px x 1.15, round half to even: 50 - 11.5 = 38.5 -> 38
        ((0, 0, 20, 20), -2, -2, 23),  # the corner of the image: 10 - 11.5 = -1.5 -> -2
        ((100, 70, 120, 90), 98, 68, 23),  # the opposite corner of a 120 x 90 image
        ((0, 0, 120, 90), -9, -24, 138),  # the whole image, wider than high
        ((11, 40, 110, 44), 4, -15, 114),  # a long thin box reaches over both edges: 42 - 113.85 / 2 = -14.9 -> -15
    ],
)
def test_square_crop_is_the_square_around_the_box_with_the_edge_repeated(
    corners: tuple[float, ...], x1: int, y1: int, reach: int
) -> None:
    image = gradient(90, 120)
    expected = resized(looked_up(image, x1, y1, reach), SIDE)
    halved = 2 if reach >= 4 * SIDE else 0  # rounded once more, and by less than a pixel beside it
    np.testing.assert_allclose(square_crop(image, box(*corners), SIDE).astype(int), expected, rtol=0, atol=halved)


@pytest.mark.parametrize("side", [500, 501, 1003, 1999])
def test_a_large_crop_is_the_same_picture_sooner(side: int) -> None:
    y, x = np.mgrid[0:2100, 0:2100]
    image = np.stack([x // 9, y // 9, (x + y) // 18], 2).astype(np.uint8)
    crop = square_crop(image, box(20, 40, 20 + side, 40 + side), 112, 1.0)
    slow = resized(image[40 : 40 + side, 20 : 20 + side], 112)
    assert np.abs(crop.astype(int) - slow).max() <= 1


@pytest.mark.parametrize("corners", [(-300, 20, -280, 40), (500, 20, 520, 40), (30, -90, 50, -70), (30, 400, 50, 420)])
def test_square_crop_of_a_box_wholly_outside_shows_the_nearest_edge(corners: tuple[float, ...]) -> None:
    crop = square_crop(gradient(90, 120), box(*corners), SIDE)
    assert crop.shape == (SIDE, SIDE, 3)
    if corners[0] < 0:
        assert (crop[..., 0] == 0).all()
    elif corners[0] > 120:
        assert (crop[..., 0] == 119).all()
    elif corners[1] < 0:
        assert (crop[..., 1] == 0).all()
    else:
        assert (crop[..., 1] == 89).all()


def test_square_crop_of_a_box_beyond_a_corner_is_the_corner_pixel() -> None:
    crop = square_crop(gradient(90, 120), box(-80, 200, -60, 220), SIDE)
    assert (crop == np.array([0, 89, 0], np.uint8)).all()


@pytest.mark.parametrize("corners", [(5, 5, 6, 6), (5, 5, 5, 5), (0, 0, 0, 0), (119, 89, 120, 90), (7, 0, 8, 90)])
def test_square_crop_of_tiny_and_empty_boxes_is_a_picture_near_them(corners: tuple[float, ...]) -> None:
    crop = square_crop(gradient(90, 120), box(*corners), SIDE)
    assert crop.shape == (SIDE, SIDE, 3)
    assert crop.dtype == np.uint8
    middle = crop[SIDE // 2, SIDE // 2].astype(float)
    pixel = max(2.0, (corners[3] - corners[1]) * MARGIN) / SIDE  # of the crop, in the image's
    assert abs(middle[0] - (corners[0] + corners[2]) / 2) <= 1.5 + pixel / 2
    assert abs(middle[1] - (corners[1] + corners[3]) / 2) <= 1.5 + pixel / 2


def test_square_crop_far_outside_needs_no_more_memory_than_its_own_square() -> None:
    crop = square_crop(gradient(90, 120), box(9e6, 9e6, 9e6 + 64, 9e6 + 64), SIDE)
    assert (crop == np.array([119, 89, 0], np.uint8)).all()


def test_square_crop_of_a_single_pixel_image() -> None:
    image = np.full((1, 1, 3), (10, 20, 30), np.uint8)
    assert (square_crop(image, box(0, 0, 1, 1), SIDE) == image[0, 0]).all()


def test_square_crop_keeps_proportions_at_the_border() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    cv2.circle(image, (41, 50), 40, (255, 255, 255), -1)  # all but touches the left edge
    crop = square_crop(image, box(1, 10, 82, 91), 64)[..., 0] > 127
    assert abs(int(crop.any(0).sum()) - int(crop.any(1).sum())) <= 2  # still as wide as high
    assert abs(crop.any(0).sum() - 64 / MARGIN) <= 3


def test_embed_follows_the_order_of_the_boxes_and_splits_batches() -> None:
    image = np.zeros((20, 400, 3), np.uint8)
    image[:, :200, 0] = 250
    image[:, 200:, 2] = 250
    boxes: Boxes = np.array([[300, 5, 310, 15], [50, 5, 60, 15]] * (BATCH + 1), np.float32)
    session = MeanColours()
    vectors = Embedder(session, side=SIDE, dimension=3, sha256="e" * 64).embed(image, boxes)
    assert vectors.shape == (2 * BATCH + 2, 3)
    assert (vectors[0::2, 2] > 0.99).all()
    assert (vectors[1::2, 0] > 0.99).all()
    looks = len(vectors) + THOROUGH  # two for the first boxes, one for the others
    assert session.batches == [1, *[BATCH] * (looks // BATCH), looks % BATCH]  # warm-up first


def test_embed_without_boxes_is_an_empty_table() -> None:
    vectors = embedder().embed(gradient(8, 8), np.zeros((0, 4), np.float32))
    assert vectors.shape == (0, 3)
    assert vectors.dtype == np.float32


def test_embed_refuses_what_is_no_image_and_no_box() -> None:
    with pytest.raises(ValueError, match="image must be"):
        embedder().embed(np.zeros((8, 8), np.uint8), np.zeros((0, 4), np.float32))
    with pytest.raises(ValueError, match="boxes must be"):
        embedder().embed(gradient(8, 8), np.array([[5, 5, 1, 1]], np.float32))


def art(h: int, w: int, colours: list[tuple[int, int, int]]) -> NDArray[np.uint8]:
    """Opaque stripes of the colours, side by side."""
    picture = np.full((h, w, 4), 255, np.uint8)
    for index, colour in enumerate(colours):
        picture[:, index * w // len(colours) : (index + 1) * w // len(colours), :3] = colour
    return picture


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (200, 30, 30)])
def test_artwork_of_one_colour_is_shown_dark_on_light_and_light_on_dark(colour: tuple[int, int, int]) -> None:
    light, dark = artwork_views(art(40, 40, [colour]), SIDE)
    for view, ground, ink in ((light, 255, 20), (dark, 25, 240)):
        assert view.shape == (SIDE, SIDE, 3)
        assert (view[0] == ground).all()
        assert (view[SIDE // 2, SIDE // 2] == ink).all()


def test_artwork_of_several_colours_keeps_them_on_both_grounds() -> None:
    light, dark = artwork_views(art(40, 40, [(250, 10, 10), (10, 10, 250)]), 32)
    for view, ground in ((light, 255), (dark, 40)):
        assert (view[0] == ground).all()
        assert (view[16, 8] == (250, 10, 10)).all()
        assert (view[16, 24] == (10, 10, 250)).all()


def test_invisible_artwork_still_has_two_views() -> None:
    invisible = np.zeros((10, 10, 4), np.uint8)
    views = artwork_views(invisible, SIDE)
    assert [int(view.mean()) for view in views] == [255, 25]


@pytest.mark.parametrize(("h", "w"), [(256, 256), (256, 100), (30, 256), (1, 256), (256, 1), (1, 1), (7, 13)])
def test_artwork_view_fills_its_part_of_the_square_in_the_middle(h: int, w: int) -> None:
    side = 112
    view = artwork_view(art(h, w, [(0, 0, 0)]), side)[..., 0] < 128
    rows, columns = view.any(1), view.any(0)
    longest = side / MARGIN
    assert abs(max(rows.sum(), columns.sum()) - longest) <= 1
    assert abs(rows.sum() - max(1, longest * h / max(h, w))) <= 1
    assert abs(columns.sum() - max(1, longest * w / max(h, w))) <= 1
    for line in (rows, columns):
        before, after = int(line.argmax()), int(line[::-1].argmax())
        assert abs(before - after) <= 1


def test_half_transparent_artwork_is_half_ground() -> None:
    artwork = art(20, 20, [(100, 100, 100)])
    artwork[..., 3] = 51  # a fifth
    view = artwork_view(artwork, SIDE, ground=200)
    assert abs(int(view[SIDE // 2, SIDE // 2, 0]) - (0.2 * 100 + 0.8 * 200)) <= 1


def test_embed_artwork_has_one_vector_per_view() -> None:
    vectors = embedder().embed_artwork(art(40, 40, [(9, 9, 9)]))
    assert vectors.shape == (2, 3)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_net_that_gives_vectors_of_another_size_is_refused_when_it_is_loaded() -> None:
    with pytest.raises(ValueError, match="dimension"):
        Embedder(MeanColours(), side=SIDE, dimension=256, sha256="e" * 64)


def test_a_box_is_the_mean_of_a_whole_look_and_a_closer_one() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[:, :, 0] = 200
    image[43:57, 43:57] = (0, 0, 200)  # the closer look sees more of the middle
    session = MeanColours()
    embedder = Embedder(session, side=SIDE, dimension=3, sha256="e" * 64)
    corners = box(20, 20, 80, 80)
    whole, closer = (embedder.embed_pictures([square_crop(image, corners, SIDE, margin)])[0] for margin in LOOKS)
    assert closer[2] > whole[2]
    mean = (whole + closer) / np.linalg.norm(whole + closer)
    many = embedder.embed(image, np.repeat(corners[None], THOROUGH + 3, 0))
    np.testing.assert_allclose(many[:THOROUGH], np.tile(mean, (THOROUGH, 1)), atol=1e-5)
    np.testing.assert_allclose(many[THOROUGH:], np.tile(whole, (3, 1)), atol=1e-5)  # the later ones get one look
