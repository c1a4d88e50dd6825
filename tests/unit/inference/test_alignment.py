"""Alignment: found on prints in any ink and slant, refused on anything else, and never an exception."""

import cv2
import numpy as np
import pytest

from inference.alignment import Alignment, align, support
from inference.artwork.ground import Rgba, inked
from inference.edges import agreement, edge_field
from inference.vocabulary import Image
from tests.unit.inference.shapes import Warp, arrow, box_of, cross, photograph, warp_of

STRAIGHT = ((100.0, 120.0), (300.0, 120.0), (300.0, 280.0), (100.0, 280.0))
SLANTED = ((110.0, 130.0), (290.0, 110.0), (270.0, 270.0), (120.0, 250.0))
TURNED = ((280.0, 100.0), (280.0, 300.0), (120.0, 300.0), (120.0, 100.0))  # by 90 degrees


def corner_error(alignment: Alignment, warp: Warp, artwork: Rgba) -> float:
    """Mean distance, px, between the corners as found and as they are."""
    h, w = artwork.shape[:2]
    corners = np.array([[[0, 0], [w, 0], [w, h], [0, h]]], np.float64)
    found = cv2.perspectiveTransform(corners, alignment.homography)
    return float(np.linalg.norm(found - cv2.perspectiveTransform(corners, warp), axis=2).mean())


@pytest.mark.parametrize("quad", [STRAIGHT, SLANTED, TURNED])
def test_the_warp_is_found_to_a_few_pixels(quad: tuple[tuple[float, float], ...]) -> None:
    artwork = arrow()
    warp = warp_of(artwork, *quad)
    alignment = align(photograph(artwork, warp), box_of(artwork, warp), artwork)
    assert alignment is not None
    assert corner_error(alignment, warp, artwork) < 6


@pytest.mark.parametrize(
    ("ink", "ground"),
    [((20, 20, 20), (230, 230, 230)), ((240, 240, 240), (30, 30, 40)), ((0, 90, 200), (230, 120, 40))],
)
def test_another_ink_or_light_on_dark_is_the_same_mark(ink: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    filed, printed = arrow((200, 30, 40)), arrow(ink)
    warp = warp_of(filed, *SLANTED)
    alignment = align(photograph(printed, warp, ground=ground), box_of(filed, warp), filed)
    assert alignment is not None
    assert corner_error(alignment, warp, filed) < 6


def test_a_loose_or_cut_box_is_good_enough() -> None:
    artwork = arrow()
    warp = warp_of(artwork, *STRAIGHT)
    image = photograph(artwork, warp)
    for box in ((80.0, 90.0, 330.0, 310.0), (112.0, 132.0, 292.0, 275.0)):
        alignment = align(image, box, artwork)
        assert alignment is not None
        assert corner_error(alignment, warp, artwork) < 6


def test_another_mark_and_a_plain_and_a_noisy_place_are_refused() -> None:
    warp = warp_of(arrow(), *STRAIGHT)
    box = box_of(arrow(), warp)
    noise = np.random.default_rng(1).integers(0, 256, (400, 400, 3)).astype(np.uint8)
    for image in (photograph(arrow(), warp), np.full((400, 400, 3), 128, np.uint8), noise):
        assert align(image, box, cross()) is None


def test_a_mirrored_mark_is_another_mark() -> None:
    artwork = arrow()
    mirrored = np.ascontiguousarray(artwork[:, ::-1])
    warp = warp_of(artwork, *STRAIGHT)
    found = align(photograph(mirrored, warp), box_of(artwork, warp), artwork)
    assert found is None or np.linalg.det(found.homography[:2, :2]) > 0


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 300), (300, 2), (9, 9)])
@pytest.mark.parametrize(
    "box", [(0, 0, 0, 0), (-50, -50, 5, 5), (0, 0, 9999, 9999), (700, 700, 800, 800), (-900, -9, -800, -5)]
)
def test_no_picture_is_too_small_and_no_box_too_far_out(
    height: int, width: int, box: tuple[float, float, float, float]
) -> None:
    image = np.random.default_rng(2).integers(0, 256, (height, width, 3)).astype(np.uint8)
    assert align(image, box, arrow()) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 256), (256, 1), (3, 200)])
@pytest.mark.parametrize("alpha", [0, 255])
def test_artwork_that_shows_nothing_aligns_with_nothing(shape: tuple[int, int], alpha: int) -> None:
    artwork = np.full((*shape, 4), 90, np.uint8)
    artwork[..., 3] = alpha
    image = photograph(arrow(), warp_of(arrow(), *STRAIGHT))
    assert align(image, (100.0, 120.0, 300.0, 280.0), artwork) is None


def test_a_photograph_as_reference_has_no_ground_and_is_not_aligned() -> None:
    image: Image = np.random.default_rng(3).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    whole = np.dstack([image, np.full((200, 200), 255, np.uint8)])
    assert inked(whole) is None
    assert align(image, (0.0, 0.0, 200.0, 200.0), whole) is None


def test_artwork_on_an_opaque_ground_is_cut_out() -> None:
    artwork = arrow()
    alpha = artwork[..., 3:] / 255
    flat = np.round(artwork[..., :3] * alpha + 250 * (1 - alpha)).astype(np.uint8)
    opaque = np.dstack([cv2.copyMakeBorder(flat, 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=(250, 250, 250))])
    opaque = np.dstack([opaque, np.full(opaque.shape[:2], 255, np.uint8)])
    cut = inked(opaque)
    assert cut is not None
    assert ((cut[12:-12, 12:-12, 3] > 127) == (artwork[..., 3] > 127)).mean() > 0.99
    warp = warp_of(artwork, *SLANTED)
    assert align(photograph(artwork, warp), box_of(artwork, warp), opaque) is not None


def test_regions_lie_on_the_same_parts_of_both() -> None:
    artwork = arrow()
    warp = warp_of(artwork, *SLANTED)
    alignment = align(photograph(artwork, warp), box_of(artwork, warp), artwork)
    assert alignment is not None
    assert 1 <= len(alignment.regions) <= 4
    for region in alignment.regions:
        x1, y1, x2, y2 = region.artwork
        corners = np.array([[[x1, y1], [x2, y1], [x2, y2], [x1, y2]]], np.float64)
        true = cv2.perspectiveTransform(corners, warp)[0]
        assert np.abs(true - np.array(region.image)).mean() < 6


def test_an_alignment_checks_itself() -> None:
    with pytest.raises(ValueError, match="homography"):
        Alignment(homography=np.full((3, 3), np.nan), support=0.9)
    with pytest.raises(ValueError, match="homography"):
        Alignment(homography=np.eye(2), support=0.9)
    with pytest.raises(ValueError, match="support"):
        Alignment(homography=np.eye(3), support=1.5)


def test_edges_are_the_same_whatever_the_colours_and_differ_for_other_shapes() -> None:
    shape = cv2.circle(np.zeros((60, 60, 1), np.float32), (30, 30), 20, 200.0, 5)
    other = cv2.line(np.zeros((60, 60, 1), np.float32), (5, 5), (55, 55), 200.0, 5)
    everywhere = np.ones((60, 60), np.float32)
    field = edge_field(shape)
    assert agreement(edge_field(255 - shape), field, everywhere) == pytest.approx(1, abs=1e-4)
    assert agreement(edge_field(np.dstack([shape * 0, shape * 0.3, 90 - shape * 0.2])), field, everywhere) > 0.98
    assert agreement(edge_field(other), field, everywhere) < 0.4
    assert agreement(edge_field(shape * 0), field, everywhere) == 0.0


def test_support_is_nothing_on_an_empty_place_and_unknown_where_there_is_nothing_to_compare() -> None:
    blank = np.full((200, 200, 3), 128, np.uint8)
    assert support(blank, (50.0, 50.0, 150.0, 150.0), arrow()) == 0.0
    assert support(blank, (50.0, 50.0, 54.0, 150.0), arrow()) is None  # too thin a place
    noise = np.random.default_rng(1).integers(0, 255, (90, 90, 4), np.uint8)
    noise[..., 3] = 255
    assert support(blank, (50.0, 50.0, 150.0, 150.0), noise) is None  # a photograph: no ground to tell ink from
