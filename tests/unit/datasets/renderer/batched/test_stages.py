"""Each stage does what it says."""

import cv2
import numpy as np
import pytest
import torch

from datasets.renderer.batched import badge, colour, fields, geometry, grain, inks, lens, light, relief, smoothing
from datasets.renderer.batched import resolution as file
from datasets.renderer.batched.bank import ALPHA, HOLES, PARTS, ArtworkBatch, textures
from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.sampling import sampled, shrinking
from tests.unit.datasets.renderer.batched.material import banks

DISC, FLAG, RING = 4, 5, 7


def dice(n: int, seed: int = 0) -> Dice:
    return Dice(torch.Generator().manual_seed(seed), n)


def taken(*rows: int) -> ArtworkBatch:
    return banks().artwork.take(torch.tensor(rows))


def printed(row: int, way: int, n: int = 1, **more: torch.Tensor) -> torch.Tensor:
    values = inks.draw(dice(n)) | {"one": torch.full((n,), way), "several": torch.full((n,), way)} | more
    return inks.printed(taken(*[row] * n), values, inks.draw_weight(dice(n), 0.0))


def square(side: int = 32) -> torch.Tensor:
    """A print: a red square in the middle."""
    layer = torch.zeros(1, 4, side, side)
    layer[:, (0, 3), side // 4 : -side // 4, side // 4 : -side // 4] = 1
    return layer


def test_the_bank_keeps_aspects_and_tells_holes_apart() -> None:
    bank = banks().artwork
    assert bank.planes.shape == (8, 7, 56, 56)
    assert bank.reach[FLAG].tolist() == pytest.approx([52 / 56, 29 / 56])
    assert bank.single.tolist() == [True, True, True, True, True, False, True, True]
    hole = bank.planes[RING, HOLES].amax(0)
    assert hole[28, 12:44].amax() == 255
    assert hole[28, 28] == 0  # the dot in the hole
    assert hole[0, 0] == 0
    assert bank.planes[RING, PARTS][28, 28] == 255  # the dot is the lesser part
    assert bank.planes[DISC, 4:].amax() == 0


def test_own_colours_are_the_filed_ones_premultiplied() -> None:
    planes = taken(FLAG).planes
    torch.testing.assert_close(printed(FLAG, inks.OWN)[:, :3], planes[:, :3] * planes[:, ALPHA : ALPHA + 1])


def test_one_ink_prints_one_colour_and_outlines_are_hollow() -> None:
    plain, outline = printed(DISC, inks.PLAIN), printed(DISC, inks.OUTLINE)
    inside = plain[0, :3, 28, 28]
    torch.testing.assert_close(plain[0, :3], inside[:, None, None] * plain[0, 3:])
    assert plain[0, 3, 28, 28] == 1
    assert outline[0, 3, 28, 28] == 0
    assert outline[0, 3].amax() > 0.9
    assert (outline[0, 3] <= plain[0, 3] + 1e-6).all()


def test_filled_holes_are_opaque_and_the_reverse_is_the_negative() -> None:
    always = {"holes": torch.ones(1, 2, dtype=torch.bool), "parts": torch.zeros(1, dtype=torch.bool)}
    filled = printed(RING, inks.FILLED, **always)
    assert filled[0, 3, 28, 28 + 12] > 0.95
    assert printed(RING, inks.PLAIN)[0, 3, 28, 28 + 12] < 0.05
    assert (filled[0, :3, 28, 28 + 12] - filled[0, :3, 28, 28]).abs().sum() > 0.05
    alpha = taken(FLAG).planes[:, 3:4]
    both = printed(FLAG, inks.OWN)[:, :3] + printed(FLAG, inks.REVERSED)[:, :3]
    torch.testing.assert_close(both, alpha.expand(-1, 3, -1, -1))


@pytest.mark.parametrize("way", [inks.DYED, inks.TWO, inks.DENSITY, inks.STRIPED])
def test_every_ink_stays_within_premultiplied_bounds(way: int) -> None:
    for row in range(8):
        layer = printed(row, way, 3)
        assert layer.isfinite().all()
        assert (layer[:, 3:] <= 1 + 1e-5).all()
        assert (layer[:, :3] >= -1e-5).all()
        assert (layer[:, :3] <= layer[:, 3:] + 1e-5).all()


def test_weight_makes_bolder_and_thinner_but_no_hairline_vanishes() -> None:
    alpha = taken(DISC, DISC, DISC, 1).planes[:, 3:4]
    bold, same, thin, hairline = inks.weighted(alpha.clone(), {"strength": torch.tensor([2.0, 0.0, -2.0, -2.0])})
    assert bold.sum() > alpha[0].sum() > thin.sum() > 0
    assert torch.equal(same, alpha[1])
    assert torch.equal(hairline, alpha[3])


def test_dilation_is_opencvs() -> None:
    mask = torch.rand(3, 1, 17, 20, generator=torch.Generator().manual_seed(0))
    expected = [cv2.dilate(one[0].numpy(), np.ones((3, 3), np.uint8)) for one in mask]
    np.testing.assert_array_equal(inks.dilated(mask)[:, 0].numpy(), np.stack(expected))


def test_what_stands_out_is_the_first_that_does_else_black_or_white() -> None:
    grey = torch.tensor([[[0.5] * 3, [0.9] * 3, [0.1] * 3]]).repeat(3, 1, 1)
    other = torch.tensor([[0.55] * 3, [0.2] * 3, [0.45] * 3])
    found = colour.standing_out(grey, other, torch.tensor([0.2, 0.2, 0.6]))
    torch.testing.assert_close(found[:, 0], torch.tensor([0.9, 0.5, 1.0]))


def test_palettes_and_hues_are_colours() -> None:
    palette = colour.palette(dice(500), 4)
    assert palette.shape == (500, 4, 3)
    assert palette.amin() >= 0
    assert palette.amax() <= 1
    red = torch.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1)
    one = torch.ones(1)
    torch.testing.assert_close(colour.hue_turned(red, one * 0, one, one), red, atol=1e-3, rtol=0)
    assert colour.hue_turned(red, one * 2.1, one, one).argmax() != 0
    grey = colour.hue_turned(red, one, one * 0, one)
    assert grey.amax() - grey.amin() < 0.01


def test_the_homography_takes_the_corners_home() -> None:
    quad = torch.tensor([[[10.0, 20.0], [90.0, 5.0], [80.0, 95.0], [-3.0, 70.0]]])
    source = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    theirs = cv2.getPerspectiveTransform(quad[0].numpy(), source)
    ours = geometry.homography(quad)[0].numpy()
    np.testing.assert_allclose(ours / ours[2, 2], theirs / theirs[2, 2], rtol=1e-3, atol=1e-5)
    degenerate = geometry.homography(torch.zeros(1, 4, 2))
    assert degenerate.isfinite().all()


def test_bends_are_nothing_at_no_strength_and_keep_their_axis() -> None:
    points = geometry.pixels(40, torch.device("cpu")).repeat(2, 1, 1, 1)
    for draw, bend in ((geometry.draw_crumple, geometry.crumpled), (geometry.draw_cylinder, geometry.rolled)):
        values = draw(dice(2), 1.0)
        assert (bend(points, values) - points).abs().amax() > 0.3
        still = bend(points, values | {"strength": torch.zeros(2)})
        torch.testing.assert_close(still, points, atol=2e-4, rtol=0)
    upright = {"strength": torch.tensor([0.9, 0.9]), "angle": torch.zeros(2)}
    rolled = geometry.rolled(points, upright)
    torch.testing.assert_close(rolled[..., 1], points[..., 1])
    assert (rolled[:, :, 1:, 0] > rolled[:, :, :-1, 0]).all()


def test_reading_smaller_does_not_skip_pixels() -> None:
    board = (torch.arange(64)[:, None] + torch.arange(64)).remainder(2).float().expand(1, 1, 64, 64)
    grid = (geometry.pixels(16, torch.device("cpu")) / 16 * 2 - 1) * 0.99
    assert shrinking(grid, 64) == pytest.approx(4, rel=0.05)
    small = sampled(board.contiguous(), grid)
    assert (small[..., 1:-1, 1:-1] - 0.5).abs().amax() < 0.05


@pytest.mark.parametrize("form", [badge.RECTANGLE, badge.ROUNDED, badge.DISC, badge.ELLIPSE])
def test_plates_are_solid_inside_and_end_at_their_edge(form: int) -> None:
    canvas = (geometry.pixels(64, torch.device("cpu")) / 32 - 1) * 1.2
    values = badge.draw(dice(1), 0, 0) | {"rim": torch.tensor([0.1])}
    half = torch.tensor([[0.9, 0.9 if form == badge.DISC else 0.5]])
    mask, rim = badge.plate_mask(canvas, half, torch.tensor([form]), values, torch.tensor([2.4 / 64]))
    assert mask[0, 0, 32, 32] == 1
    assert rim[0, 0, 32, 32] == 0
    assert rim.amax() > 0.9
    assert mask[0, 0, 32, 0] == 0
    width, height = (mask[0, 0] > 0.5).any(0).sum() * 2.4 / 64, (mask[0, 0] > 0.5).any(1).sum() * 2.4 / 64
    assert float(width) == pytest.approx(2 * float(half[0, 0]), abs=0.08)
    assert float(height) == pytest.approx(2 * float(half[0, 1]), abs=0.08)


def test_layouts_keep_mark_and_word_apart_and_inside_the_frame() -> None:
    values = badge.draw(dice(400), 0.7, 0.5)
    mark, word = dice(400, 1).uniform(0.05, 1, 2), dice(400, 2).uniform(0.05, 1, 2)
    plan = badge.layout(values, mark, word)
    for box in (plan.mark, plan.word):
        reach = box[:, :2].abs() + box[:, 2:]
        assert (reach <= plan.frame + 1e-4).all()
    proportion = plan.mark[:, 2] / plan.mark[:, 3]
    torch.testing.assert_close(proportion, mark[:, 0] / mark[:, 1], rtol=1e-3, atol=0)
    there = plan.word[:, 2] > 0
    gap = (plan.mark[:, :2] - plan.word[:, :2]).abs() - plan.mark[:, 2:] - plan.word[:, 2:]
    assert (gap[there].amax(1) > 0).all()
    assert 0.1 < there.float().mean() < 0.6


def test_smooth_fields_follow_their_grids() -> None:
    grid = dice(2).uniform(-1, 1, 1, 3, 3)
    field = fields.smooth(grid, 33)
    torch.testing.assert_close(field[..., 0, 0], grid[..., 0, 0])
    torch.testing.assert_close(field[..., 16, 16], grid[..., 1, 1], atol=1e-5, rtol=1e-5)
    ramp = fields.ramp(torch.tensor([0.0, torch.pi / 2]), 11)
    torch.testing.assert_close(ramp[0, 0, 3], torch.linspace(-0.5, 0.5, 11))
    torch.testing.assert_close(ramp[1, 0, :, 3], torch.linspace(-0.5, 0.5, 11))


def test_blurring_is_opencvs_and_shifts() -> None:
    picture = torch.rand(2, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    ours = smoothing.blurred(picture, torch.tensor([1.0, 2.5]))
    for one, deviation, found in zip(picture, (1.0, 2.5), ours, strict=True):
        theirs = cv2.GaussianBlur(one.permute(1, 2, 0).numpy(), (0, 0), deviation)
        inside = slice(8, -8)
        np.testing.assert_allclose(found.permute(1, 2, 0).numpy()[inside, inside], theirs[inside, inside], atol=0.02)
    moved = smoothing.gaussian(torch.tensor([0.1]), 9, torch.tensor([2.0]))[0] @ torch.eye(9)[3]
    assert moved.argmax() == 5


@pytest.mark.parametrize("size", [5, 14, 28, 40])
@pytest.mark.parametrize("cubic", [False, True])
def test_resizing_is_opencvs(size: int, cubic: bool) -> None:
    picture = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(size))
    matrix = smoothing.shrinking(torch.tensor([float(size)]), 40, 40)
    small = smoothing.separable(picture, matrix, matrix)
    theirs = cv2.resize(picture[0].permute(1, 2, 0).numpy(), (size, size), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(small[0, :, :size, :size].permute(1, 2, 0).numpy(), theirs, atol=1e-4)
    assert torch.equal(small[..., size:, :], small[..., size - 1 : size, :].expand(-1, -1, 40 - size, -1))
    matrix = smoothing.enlarging(torch.tensor([float(size)]), 40, 40, torch.tensor([cubic]))
    large = smoothing.separable(small, matrix, matrix)[0].permute(1, 2, 0).numpy()
    how = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    np.testing.assert_allclose(large, cv2.resize(theirs, (40, 40), interpolation=how), atol=1e-3)


def test_relief_shades_edges_and_leaves_the_rest_alone() -> None:
    values = relief.draw_moulded(dice(1), 1.0) | {"face": torch.zeros(1), "gloss": torch.zeros(1)}
    lit = relief.lit(torch.full((1, 3, 64, 64), 0.5), relief.height_of(square(64)), values)
    torch.testing.assert_close(lit[..., :6, :], torch.full((1, 3, 6, 64), 0.5), atol=2e-3, rtol=0)
    assert (lit - 0.5).abs().amax() > 0.1
    values["strength"] = -values["strength"]
    turned = relief.lit(torch.full((1, 3, 64, 64), 0.5), relief.height_of(square(64)), values)
    torch.testing.assert_close(lit + turned, torch.ones_like(lit), atol=1e-4, rtol=0)


def test_height_is_alpha_or_luma_where_there_is_more_than_one() -> None:
    assert torch.equal(relief.height_of(square()), square()[:, 3:])
    layer = square()
    layer[:, :3, 16:] = layer[:, 3:, 16:]  # white
    height = relief.height_of(layer)
    assert height[0, 0, 10, 16] == pytest.approx(0.3)
    assert height[0, 0, 20, 16] == 1


def test_texture_and_ink_stages_keep_to_the_print() -> None:
    empty, full = torch.zeros(1, 4, 112, 112), square(112)
    calls = (
        lambda layer: grain.bled(textures(), layer, grain.draw_bleed(dice(1), 1.0)),
        lambda layer: grain.stitched(textures(), layer, grain.draw_thread(dice(1), 1.0)),
        lambda layer: relief.foiled(layer, relief.draw_foil(dice(1), 1.0)),
    )
    for change in calls:
        assert change(empty).abs().amax() == 0
        changed = change(full)
        assert (changed - full).abs().amax() > 0.05
        assert changed[..., :4, :4].abs().amax() == 0
        assert (changed[:, 3:] <= 1).all()


def test_shadows_darken_beside_the_print() -> None:
    values = {"strength": torch.ones(1), "shift": torch.tensor([[14.0, 0.0]]), "deviation": torch.tensor([1.0])}
    dark = light.shadowed(torch.ones(1, 3, 32, 32), square()[:, 3:], values)
    assert dark[0, 0, 16 + 9, 16] < 0.3  # 14 of 112 px are 4 of 32
    assert dark[0, 0, 6, 16] > 0.95


def test_the_cover_hides_one_side_and_motion_smears_along_its_path() -> None:
    values = lens.draw_cover(dice(1), 1.0) | {"angle": torch.zeros(1), "start": torch.tensor([0.25])}
    values |= {"width": torch.ones(1), "strength": torch.ones(1), "colour": torch.zeros(1, 3)}
    covered = lens.covered(torch.ones(1, 3, 40, 40), values)
    assert covered[..., :28].amin() == 1
    assert covered[..., 32:].amax() == 0
    dot = torch.zeros(1, 3, 41, 41)
    dot[..., 20, 20] = 1
    smeared = lens.moved(dot, {"strength": torch.tensor([0.05]), "angle": torch.zeros(1)})[0, 0]
    assert smeared.sum() == pytest.approx(1, abs=1e-4)
    assert smeared[20, 19] > 0.1
    assert smeared[19, 20] < 0.01


def test_fewer_pixels_lose_detail_and_noise_is_as_strong_as_it_says() -> None:
    picture = torch.full((6, 3, 64, 64), 0.5)
    off = {"strength": torch.zeros(6)}
    noise = file.draw_noise(dice(6), 1.0) | {"strength": torch.full((6,), 10.0)}
    size = off | {"cubic": torch.zeros(6, dtype=torch.bool)}
    noisy = file.shot(picture.clone(), size, noise, off, textures())
    assert (noisy - 0.5).std() * 255 == pytest.approx(10, rel=0.05)
    assert not torch.equal(noisy[0], noisy[1])
    fine = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)).expand(6, -1, -1, -1)
    sizes = size | {"strength": torch.tensor([0.0, 0.1, 0.3, 0.6, 0.8, 0.9])}
    spread = file.shot(fine.clone(), sizes, off | {"corner": noise["corner"]}, off, textures()).std((1, 2, 3))
    assert torch.equal(file.shot(fine.clone(), sizes, off, off, textures())[0], fine[0])
    assert spread.tolist() == sorted(spread.tolist(), reverse=True)


def test_tone_is_clipped_and_grey_is_grey() -> None:
    values = lens.draw_tone(dice(8), 1.0) | {"grey": torch.arange(8) < 4}
    values["gain"] = values["gain"].mean(1, keepdim=True).expand(-1, 3)
    toned = lens.toned(torch.rand(8, 3, 9, 9) * 3 - 1, values)
    assert toned.amin() == 0
    assert toned.amax() == 1
    assert (toned[:4, 0] - toned[:4, 2]).abs().amax() < 1e-6
    assert (toned[4:, 0] - toned[4:, 2]).abs().amax() > 0.1
