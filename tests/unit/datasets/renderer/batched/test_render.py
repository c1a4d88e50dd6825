"""The whole of the batched renderer: pure, seeded, sturdy, and it shows the mark."""

import numpy as np
import pytest
import torch

from datasets.renderer.batched.parameters import Parameters
from datasets.renderer.batched.render import AT_ONCE, CHANCES, draw, render
from tests.unit.datasets.renderer.batched.material import SIDE, banks, drawn

DISC, FLAG = 4, 5


def of(seed: int, n: int) -> Parameters:
    return draw(torch.Generator().manual_seed(seed), n)


def test_the_same_parameters_give_the_same_pictures_and_change_nothing() -> None:
    given = banks()
    artwork = given.artwork.take(torch.arange(40) % 8)
    parameters = of(1, 40)
    before = {key: tensor.clone() for key, tensor in parameters.flat().items()}
    planes, bank = artwork.planes.clone(), given.artwork.planes.clone()
    one, again = (render(parameters, artwork, given, SIDE) for _ in range(2))
    assert torch.equal(one, again)
    assert all(torch.equal(tensor, before[key]) for key, tensor in parameters.flat().items())
    assert torch.equal(artwork.planes, planes)
    assert torch.equal(given.artwork.planes, bank)


def test_the_seed_alone_decides() -> None:
    torch.manual_seed(1)
    one = of(5, 9).flat()
    torch.manual_seed(2)
    again, other = of(5, 9).flat(), of(6, 9).flat()
    assert all(torch.equal(one[key], again[key]) for key in one)
    assert any(not torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("seed", range(6))
def test_pictures_of_the_ugliest_artwork_are_pictures(seed: int) -> None:
    given = banks()
    everything = draw(torch.Generator().manual_seed(seed), 32, dict.fromkeys(CHANCES, 1.0))
    for parameters in (of(seed, 32), everything):
        pictures = render(parameters, given.artwork.take(torch.arange(32) % 8), given, SIDE)
        assert pictures.shape == (32, SIDE, SIDE, 3)
        assert pictures.dtype == torch.uint8
        assert not pictures.requires_grad


@pytest.mark.parametrize("side", [16, 37, 112])
def test_any_side_will_do(side: int) -> None:
    given = banks()
    assert render(of(3, 8), given.artwork.take(torch.arange(8)), given, side).shape == (8, side, side, 3)


def test_a_sample_can_be_rendered_again_alone() -> None:
    given, rows = banks(), torch.arange(AT_ONCE + 6) % 8
    parameters = of(2, len(rows))
    together = render(parameters, given.artwork.take(rows), given, SIDE).int()
    for sample in (0, 13, AT_ONCE + 5):
        one = torch.tensor([sample])
        alone = render(parameters.rows(one), given.artwork.take(rows[one]), given, SIDE).int()
        assert (alone[0] - together[sample]).abs().float().mean() < 0.3  # products may be summed in another order


def test_as_many_artworks_as_samples_are_needed() -> None:
    given = banks()
    with pytest.raises(ValueError, match="3 samples need as many artworks, but there are 2"):
        render(of(1, 3), given.artwork.take(torch.tensor([4, 5])), given, SIDE)


def test_an_unknown_stage_is_named() -> None:
    with pytest.raises(KeyError, match="blurr"):
        draw(torch.Generator(), 2, {"blurr": 1.0})


@pytest.mark.parametrize("row", [DISC, FLAG])
def test_the_mark_shows_and_stands_out(row: int) -> None:
    """With all stages off, the same crop without the mark is the plain ground."""
    given, parameters = banks(), drawn(4, 60)
    shown = render(parameters, given.artwork.take(torch.full((60,), row)), given, SIDE).float()
    border = torch.cat([shown[:, 0], shown[:, -1]], 1).mean(1)  # (n, 3)
    middle = shown[:, SIDE // 3 : -SIDE // 3, SIDE // 3 : -SIDE // 3].mean((1, 2))
    assert ((middle - border).abs().amax(1) > 20).float().mean() > 0.8


def test_a_mark_fills_its_crop_as_a_detectors_box_would() -> None:
    given, parameters = banks(112), drawn(8, 200)
    parameters.stages["inks"]["one"].fill_(5)  # plain
    pictures = render(parameters, given.artwork.take(torch.full((200,), DISC)), given, 100).float()
    ground = pictures[:, :1, :1]
    fills = []
    for marked in ((pictures - ground).abs().amax(3) > 60).numpy():
        ys, xs = np.nonzero(marked)
        if len(ys) and marked[:, 0].sum() == 0:
            fills.append(max(np.ptp(ys), np.ptp(xs)) / 100)
    assert len(fills) > 60
    assert 0.75 < np.median(fills) < 1.0


@pytest.mark.parametrize("stage", sorted(CHANCES.keys() - {"translucent", "weight"}))
def test_each_stage_changes_the_picture_where_it_is_on(stage: str) -> None:
    given, artwork = banks(), banks().artwork.take(torch.full((24,), FLAG))
    without = render(drawn(7, 24), artwork, given, SIDE).int()
    with_it = render(drawn(7, 24, **{stage: 1.0}), artwork, given, SIDE).int()
    changed = (without - with_it).abs().amax((1, 2, 3)) > 0
    assert changed.float().mean() > 0.6  # a neighbour may lie outside, a blur be slight


def test_stages_that_are_off_leave_the_picture_to_the_bit() -> None:
    given, artwork = banks(), banks().artwork.take(torch.arange(24) % 8)
    for stage in CHANCES:
        parameters = drawn(9, 24, **{stage: 1.0})
        for values in parameters.stages.values():
            if "strength" in values:
                values["strength"].zero_()
        parameters.stages["inks"]["translucent"].fill_(1)
        parameters.stages["badge"]["label"].fill_(False)
        assert torch.equal(render(parameters, artwork, given, SIDE), render(drawn(9, 24), artwork, given, SIDE)), stage
