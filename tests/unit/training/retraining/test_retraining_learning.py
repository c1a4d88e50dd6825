"""The pieces that fine-tuning is made of: halves of the net, the objective, jitter, the cohort's map, the scores."""

import copy
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.calibration import Calibration
from training.nets.embedding import EmbeddingNet
from training.nets.verification import PartsHead
from training.retraining.halves import Tuned, lower
from training.retraining.jitter import cut_out, jittered
from training.retraining.objective import QUIET, TEMPERATURE, apart, away, towards
from training.retraining.steps.calibrate import Scores, agreeing, least_threshold, scaled
from training.retraining.steps.export import linear_map, mapped
from training.retraining.swatches import swatch


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def unit(*shape: int, seed: int = 0) -> torch.Tensor:
    values = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(values, dim=-1)


def test_two_halves_make_the_net() -> None:
    torch.manual_seed(1)
    net, head = EmbeddingNet(dimension=16, side=64), PartsHead()
    pictures = torch.randint(0, 256, (3, 64, 64, 3), dtype=torch.uint8)
    expected = net(pictures)
    vectors, parts = Tuned(net, None, 10)(lower(net, pictures, 10))
    assert torch.allclose(vectors, expected, atol=1e-5)
    assert parts is None
    assert Tuned(net, head, 12)(lower(net, pictures, 12))[1].shape == (3, 16, 32)


def test_what_is_frozen_stays_and_the_teacher_does_too() -> None:
    tuned = Tuned(EmbeddingNet(dimension=16, side=64), PartsHead(), 10)
    teacher = tuned.teacher()
    before = copy.deepcopy(tuned.state_dict())
    learning = [parameter for parameter in tuned.parameters() if parameter.requires_grad]
    optimiser = torch.optim.SGD(learning, lr=0.1)
    vectors, _ = tuned(torch.rand(4, 512, 4, 4))
    vectors[:, 0].sum().backward()
    optimiser.step()
    changed = {key for key, value in tuned.state_dict().items() if not torch.equal(value, before[key])}
    assert {key.split(".")[1] for key in changed} <= {"trunk", "head", "few", "layout"}
    assert not [key for key in changed if "bn" in key or ".0." in key or key.startswith("parts")]
    assert [key for key in changed if "trunk.pw.11" in key]
    assert all(torch.equal(value, before[key]) for key, value in teacher.state_dict().items())


def test_a_net_must_share_its_first_block() -> None:
    with pytest.raises(ValueError, match="at least the first block"):
        Tuned(EmbeddingNet(dimension=8, side=64), None, 0)


def test_towards_is_weighted_cross_entropy_without_siblings() -> None:
    vectors, proxies = unit(3, 8), unit(4, 8, seed=1)
    marks, holder, weight = torch.tensor([0, 2, 3]), torch.tensor([5, 5, 6, 7]), torch.tensor([1.0, 0.5, 0.25])
    expected = 0.0
    for vector, mark, heed in zip(vectors.numpy(), marks.tolist(), weight.tolist(), strict=True):
        rivals = [k for k in range(4) if k == mark or holder[k] != holder[mark]]
        odds = {k: math.exp(float(vector @ proxies[k].numpy()) / TEMPERATURE) for k in rivals}
        expected -= heed * math.log(odds[mark] / sum(odds.values()))
    assert towards(vectors, proxies, marks, holder, weight).item() == pytest.approx(expected / 1.75, rel=1e-4)


def test_away_asks_nothing_of_what_is_far() -> None:
    proxies = torch.eye(4)
    assert away(-proxies, proxies, torch.ones(4)).item() == 0.0
    near = away(proxies, proxies, torch.ones(4)).item()
    assert near == pytest.approx(1 - QUIET, abs=0.01)


def test_nothing_is_no_loss() -> None:
    none, index = torch.zeros(0, 8), torch.zeros(0, dtype=torch.int64)
    assert towards(none, unit(4, 8), index, torch.arange(4), torch.zeros(0)).item() == 0.0
    assert away(none, unit(4, 8), torch.zeros(0)).item() == 0.0
    assert apart(none, none).item() == 0.0


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(8, 300), st.integers(8, 300)),
    corner=st.tuples(st.floats(0, 0.9), st.floats(0, 0.9)),
    reach=st.tuples(st.floats(0.02, 1.0), st.floats(0.02, 1.0)),
    seed=st.integers(0, 99),
)
def test_any_labelled_box_can_be_looked_at(
    size: tuple[int, int], corner: tuple[float, float], reach: tuple[float, float], seed: int
) -> None:
    h, w = size
    x, y = corner[0] * w, corner[1] * h
    box = (x, y, x + reach[0] * (w - x), y + reach[1] * (h - y))
    image = np.random.default_rng(seed).integers(0, 256, (h, w, 3), np.uint8)
    cut, place = cut_out(image, box, 48)
    assert max(cut.shape[:2]) <= 2.2 * 48 + 1
    assert min(place[2] - place[0], place[3] - place[1]) >= 0
    crop = jittered(np.random.default_rng(seed), cut, place, 48)
    assert crop.shape == (48, 48, 3)
    assert crop.dtype == np.uint8


def test_a_swatch_depends_on_its_seed_alone() -> None:
    artwork = np.zeros((40, 60, 4), np.uint8)
    artwork[8:30, 10:50] = (200, 30, 30, 255)
    first = swatch(artwork, (3, 4), 56)
    assert first.shape == (56, 56, 3)
    assert np.array_equal(first, swatch(artwork, (3, 4), 56))
    assert not np.array_equal(first, swatch(artwork, (3, 5), 56))


def test_the_map_is_the_identity_where_nothing_is_told() -> None:
    old = unit(400, 12)
    assert linear_map(old, old) == pytest.approx(np.eye(12), abs=1e-9)


def test_the_map_finds_a_turn() -> None:
    turn = torch.linalg.qr(torch.randn(12, 12, generator=torch.Generator().manual_seed(3)))[0]
    old = unit(4000, 12)
    moved = mapped(old.numpy(), linear_map(old, old @ turn))
    assert np.linalg.norm(moved, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert ((moved * (old @ turn).numpy()).sum(1) > 0.9).all()


def scores(odds: np.ndarray, right: np.ndarray, clean: tuple[float, ...] = ()) -> Scores:
    return Scores(odds=odds, right=right, clean=clean)


def test_scores_are_moved_until_both_mean_the_same() -> None:
    rng = np.random.default_rng(5)
    odds = rng.normal(0, 2, 4000)
    right = rng.random(4000) < 1 / (1 + np.exp(-odds))
    slope, shift, why = agreeing(scores(odds, right), scores((odds - 0.7) / 1.2, right))
    assert (slope, shift, why) == (pytest.approx(1.2, abs=0.01), pytest.approx(0.7, abs=0.02), "")
    usual = Calibration(intercept=-3.0, similarity=4.0, margin=2.0)
    moved = scaled(usual, slope, shift)
    assert moved.similarity == pytest.approx(4.8, abs=0.05)
    assert moved.intercept == pytest.approx(-3.0 * slope + shift)


def test_scores_are_left_alone_where_little_is_known() -> None:
    few = scores(np.linspace(-3, 3, 20), np.arange(20) > 15)
    assert agreeing(few, few) == (1.0, 0.0, "fewer than 12 right or wrong findings: scores are left as they are")


def test_a_wild_fit_is_held_back() -> None:
    rng = np.random.default_rng(6)
    odds = rng.normal(0, 2, 2000)
    right = rng.random(2000) < 1 / (1 + np.exp(-odds))
    slope, shift, _ = agreeing(scores(odds, right), scores(odds / 40 - 30, right))
    assert slope == 1.5
    assert shift == 2.0


def test_the_threshold_is_raised_when_more_clean_parcels_alert_and_never_lowered() -> None:
    quiet, loud = scores(np.zeros(0), np.zeros(0, bool), (0.1, 0.2)), scores(np.zeros(0), np.zeros(0, bool), (0.1, 0.6))
    assert least_threshold(0.3, loud, quiet, 1.0, 0.0) == 0.3
    assert least_threshold(0.3, quiet, quiet, 1.0, 0.0) == 0.3
    raised = least_threshold(0.3, quiet, loud, 1.0, 0.0)
    assert 0.6 < raised < 0.61
