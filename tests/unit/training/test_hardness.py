"""Hard renderings: margins derived again, and the worst candidate is the one that is kept."""

import pytest
import torch

from datasets.renderer.batched.parameters import Parameters
from tests.unit.datasets.renderer.batched.material import banks
from training.batches import Order, Workshop, artwork_side
from training.hardness import CAMERA, HardBatches, Judge, candidates, hardest

SIDE, MARKS = 32, 4


def embed(crops: torch.Tensor) -> torch.Tensor:
    """Mean colour and contrast: a net of sorts, that sees each crop by itself."""
    flat = crops.float().flatten(1, 2) / 255
    return torch.nn.functional.normalize(torch.cat([flat.mean(1) - 0.5, flat.std(1)], 1), dim=1)


@pytest.fixture
def judge() -> Judge:
    proxies = torch.randn(MARKS, 6, generator=torch.Generator().manual_seed(0)) * 3
    return Judge(embed=embed, proxies=proxies, holder=torch.tensor([0, 1, 1, 2]))


def some(count: int, n: int) -> list[Parameters]:
    return candidates(torch.Generator().manual_seed(4), n, count)


def workshop() -> Workshop:
    return Workshop(banks=banks(), side=SIDE)


def test_candidates_differ_but_for_the_camera() -> None:
    first, second, third = (one.flat() for one in some(3, 60))
    assert first.keys() == second.keys()
    for key, values in first.items():
        shared = key.split(".")[0] in CAMERA
        assert torch.equal(values, second[key]) is shared or not values.any(), key
        assert torch.equal(second[key], third[key]) is shared or not values.any(), key
    assert {key.split(".")[0] for key in first} > set(CAMERA)


def test_margins_are_to_the_best_mark_of_another_holder(judge: Judge) -> None:
    crops = torch.randint(256, (5, 8, 8, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    marks = torch.tensor([0, 1, 2, 3, 1])
    for crop, mark, margin in zip(crops, marks.tolist(), judge.margins(crops, marks).tolist(), strict=True):
        vector = embed(crop[None])[0]
        likeness = [float(vector @ proxy / proxy.norm()) for proxy in judge.proxies]
        others = [one for other, one in enumerate(likeness) if judge.holder[other] != judge.holder[mark]]
        assert margin == pytest.approx(likeness[mark] - max(others), abs=1e-5)


def test_a_net_that_knows_one_holder_only_still_gives_margins() -> None:
    alone = Judge(embed=embed, proxies=torch.ones(2, 6), holder=torch.zeros(2, dtype=torch.int64))
    assert alone.margins(torch.zeros(1, 4, 4, 3, dtype=torch.uint8), torch.tensor([1])).isfinite().all()


def test_the_worst_is_kept_where_it_is_asked_for(judge: Judge) -> None:
    rows, marks = torch.tensor([4, 5, 7, 6, 5, 4]), torch.tensor([0, 1, 2, 3, 1, 0])
    tried = torch.tensor([True, True, False, True, True, False])
    drawn = some(5, 6)
    every = [workshop().crops(one, rows) for one in drawn]
    margins = torch.stack([judge.margins(crops, marks) for crops in every])  # (5, 6)
    crops, kept = hardest(judge, workshop(), drawn, rows, marks, tried)
    assert kept[~tried].tolist() == [0, 0]
    assert torch.equal(crops[~tried], every[0][~tried])
    assert set(kept[tried].tolist()) != {0}
    found = judge.margins(crops, marks)
    torch.testing.assert_close(found[tried], margins.amin(0)[tried], atol=0.02, rtol=0)


@pytest.mark.parametrize(("count", "share"), [(1, 1.0), (3, 0.0)])
def test_one_candidate_or_nobody_tried_is_plain_rendering(judge: Judge, count: int, share: float) -> None:
    order = Order(
        rows=torch.tensor([4, 5, 7]),
        seed=9,
        filed=torch.zeros(3, SIDE, SIDE, 3, dtype=torch.uint8),
        owner=torch.arange(3),
        marks=torch.tensor([0, 1, 3]),
    )
    plain = workshop().batch(order)
    hard = HardBatches(workshop=workshop(), tries=count, share=share).batch(order, judge)
    assert torch.equal(hard.crops, plain.crops)
    assert torch.equal(hard.marks, order.marks)


@pytest.mark.parametrize(("side", "fitted"), [(112, 128), (64, 80), (16, 32)])
def test_artwork_is_kept_a_little_finer_than_the_crops(side: int, fitted: int) -> None:
    assert artwork_side(side) == fitted
