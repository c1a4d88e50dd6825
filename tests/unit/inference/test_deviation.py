"""Deviation: what was changed is found and named, what was not is not; nothing is said where nothing can be."""

import cv2
import numpy as np
import pytest

from inference.alignment import Alignment
from inference.artwork.ground import Rgba
from inference.deviation import PART, STRETCHED, TURNED, Deviation, aspect_of, measure, where
from inference.vocabulary import Image
from tests.unit.inference.shapes import Colour, Warp, arrow, photograph, warp_of

STRAIGHT = ((100.0, 120.0), (300.0, 120.0), (300.0, 280.0), (100.0, 280.0))


def seen(filed: Rgba, printed: Rgba, *, ground: Colour = (225, 220, 205), warp: Warp | None = None) -> Deviation:
    """The deviation of a photograph of `printed` from `filed`, the warp being known."""
    warp = warp_of(filed, *STRAIGHT) if warp is None else warp
    return measure(photograph(printed, warp, ground=ground), filed, Alignment(homography=warp, support=0.9))


def share(deviation: Deviation, name: str) -> float:
    part = getattr(deviation, name)
    assert part is not None
    return float(part.share)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ((200, 30, 40), (225, 220, 205)),  # as filed
        ((20, 20, 20), (230, 230, 230)),  # one dark ink
        ((240, 240, 240), (40, 40, 50)),  # reversed
        ((30, 60, 160), (200, 170, 60)),  # another colour on a coloured ground
    ],
)
def test_a_whole_mark_in_any_ink_lacks_nothing_and_has_nothing_more(ink: Colour, ground: Colour) -> None:
    deviation = seen(arrow((200, 30, 40)), arrow(ink), ground=ground)
    assert share(deviation, "missing") == 0
    assert share(deviation, "added") == 0


@pytest.mark.parametrize("ground", [(225, 220, 205), (40, 40, 50)])
def test_an_erased_part_is_missing_where_it_was(ground: Colour) -> None:
    ink: Colour = (240, 240, 240) if ground[0] < 128 else (20, 20, 20)
    printed = arrow(ink)
    printed[115:, :100, 3] = 0  # the bar at the lower left
    deviation = seen(arrow(), printed, ground=ground)
    erased = (arrow()[..., 3] > 127).sum() - (printed[..., 3] > 127).sum()
    expected = float(erased / (arrow()[..., 3] > 127).sum())
    assert share(deviation, "missing") == pytest.approx(expected, abs=0.05)
    assert deviation.missing is not None
    assert deviation.missing.where == "at the lower left"
    assert share(deviation, "added") == 0


def test_an_added_part_is_found_where_it_is() -> None:
    printed = arrow()
    printed[125:150, 105:120] = (200, 30, 40, 255)  # beside the bar
    printed[8:45, 85:112] = (200, 30, 40, 255)  # at the top
    deviation = seen(arrow(), printed)
    assert share(deviation, "added") > PART
    assert deviation.added is not None
    assert deviation.added.where in ("at the top", "at the upper left", "in the middle")
    assert share(deviation, "missing") == 0


def test_ink_as_light_as_the_goods_is_not_said_to_be_missing() -> None:
    deviation = seen(arrow(), arrow((226, 221, 206)))
    assert deviation.missing is None
    assert deviation.added is None


@pytest.mark.parametrize("turned", [60, 120, -90])
def test_turned_colours_are_found_and_small_casts_are_not(turned: int) -> None:
    filed = arrow((200, 30, 40), (30, 60, 190))
    hsv = cv2.cvtColor(filed[..., :3], cv2.COLOR_RGB2HSV)
    hsv[..., 0] = ((hsv[..., 0].astype(int) + turned // 2) % 180).astype(np.uint8)
    printed = np.dstack([cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), filed[..., 3]])
    plain, other = seen(filed, filed).hue, seen(filed, printed).hue
    assert plain is not None
    assert other is not None
    assert plain < 15
    assert other > TURNED


def test_nothing_is_said_of_colours_that_are_not_filed_or_not_printed() -> None:
    black, coloured = arrow((15, 15, 15)), arrow((200, 30, 40), (30, 60, 190))
    assert seen(black, coloured).hue is None  # filed without colours
    assert seen(coloured, black).hue is None  # printed in one dark ink
    assert seen(coloured, arrow((20, 80, 40))).hue is None  # printed in one coloured ink


@pytest.mark.parametrize("stretch", [1 / 1.6, 1.0, 1.6])
def test_a_stretched_mark_is_told_from_a_slanted_one(stretch: float) -> None:
    artwork = arrow()
    h, w = artwork.shape[:2]
    corners = np.array([[-w * stretch, -h], [w * stretch, -h], [w * stretch, h], [-w * stretch, h]]) / 2
    angle = np.deg2rad(40)
    points = np.stack([corners[:, 0] * np.cos(angle), corners[:, 1], corners[:, 0] * np.sin(angle)], 1)
    points[:, 2] += 500
    quad = 520 * points[:, :2] / points[:, 2:] + 200  # a camera of focal length 1.3 times the image's side
    homography = warp_of(artwork, *((float(x), float(y)) for x, y in quad))
    aspect = aspect_of(homography, artwork.shape, (400, 400))
    assert aspect is not None
    assert (max(aspect, 1 / aspect) >= STRETCHED) == (stretch != 1.0)
    assert (aspect > 1) == (stretch > 1) or stretch == 1.0


def test_of_a_mark_small_in_the_image_the_aspect_is_not_known() -> None:
    homography = warp_of(arrow(), (0, 0), (100, 0), (100, 80), (0, 80))
    assert aspect_of(homography, arrow().shape, (400, 400)) is not None
    assert aspect_of(homography, arrow().shape, (3000, 4000)) is None


def test_a_warp_that_leads_out_of_the_picture_is_no_error() -> None:
    image: Image = np.full((50, 50, 3), 90, np.uint8)
    for quad in (((-900.0, -900.0), (-700.0, -900.0), (-700.0, -700.0), (-900.0, -700.0)), STRAIGHT):
        deviation = measure(image, arrow(), Alignment(homography=warp_of(arrow(), *quad), support=0.9))
        assert deviation.missing is None


def test_spelling_is_passed_on() -> None:
    warp = warp_of(arrow(), *STRAIGHT)
    alignment = Alignment(homography=warp, support=0.9)
    assert measure(photograph(arrow(), warp), arrow(), alignment, spelling="ADIDOS").spelling == "ADIDOS"


def test_places_have_names() -> None:
    for row, column, name in ((0, 0, "at the upper left"), (1, 1, "in the middle"), (2, 1, "at the bottom")):
        mask = np.zeros((90, 90), bool)
        mask[30 * row + 5 : 30 * row + 25, 30 * column + 5 : 30 * column + 25] = True
        assert where(mask) == name
