"""Crowds: places inside the picture, goods that stay where they were put, prints that repeat."""

import numpy as np
import pytest

from datasets.renderer.crowds import MOST, Lattice, assortment, draw_goods, lattice, paste

SIDE = 96


def test_a_crowd_stands_inside_the_picture_with_room_for_each() -> None:
    counts = []
    for seed in range(200):
        places = lattice(np.random.default_rng(seed), SIDE)
        assert len(places.centres) == len(places.room) <= MOST
        assert ((places.centres > 0) & (places.centres < SIDE)).all()
        assert (places.room >= 0.5 * 0.07 * SIDE).all()
        assert (places.room <= 2 * 0.34 * SIDE).all()
        counts.append(len(places.room))
    assert min(counts) <= 4
    assert max(counts) == MOST


def test_some_crowds_stand_in_perspective() -> None:
    flat = leaning = 0
    for seed in range(100):
        room = lattice(np.random.default_rng(seed), SIDE).room
        if len(room):
            flat += float(np.ptp(room)) < 1e-9
            leaning += float(np.ptp(room)) > 0.1 * float(room.mean())
    assert flat > 20
    assert leaning > 20


def test_goods_change_the_picture_only_around_their_places() -> None:
    for seed in range(40):
        ground = np.full((SIDE, SIDE, 3), 90, np.float32)
        places = Lattice(centres=np.array([[30.0, 30.0]]), room=np.array([20.0]))
        draw_goods(np.random.default_rng(seed), ground, places)
        ys, xs = np.nonzero((ground != 90).any(2))
        assert len(ys)
        assert xs.min() >= 18
        assert ys.min() >= 18
        assert xs.max() <= 44  # with the shadow
        assert ys.max() <= 44


def test_a_thing_laid_over_the_edge_is_cut_and_beyond_it_is_nowhere() -> None:
    ground = np.zeros((10, 12, 3), np.float32)
    thing, alpha = np.full((4, 4, 3), 200, np.float32), np.ones((4, 4), np.float32)
    paste(ground, thing, alpha, (-2, 8))
    assert (ground[8:, :2] == 200).all()
    assert ground.sum() == 200 * 3 * 4
    for corner in ((-20, 3), (12, 3), (3, 10), (3, -9)):
        before = ground.copy()
        paste(ground, thing, alpha, corner)
        np.testing.assert_array_equal(ground, before)


def test_goods_throw_their_shadow_to_the_right_and_below() -> None:
    beyond = np.zeros(2)
    for seed in range(40):
        ground = np.full((SIDE, SIDE, 3), 90, np.float32)
        draw_goods(
            np.random.default_rng(seed), ground, Lattice(centres=np.array([[48.0, 48.0]]), room=np.array([40.0]))
        )
        seen = np.stack(np.nonzero((ground != 90).any(2)))  # rows, columns
        beyond += (seen.max(1) + 1 - 48) - (48 - seen.min(1))  # farther to the right or below than to the other side
    assert (beyond > 40).all()


@pytest.mark.parametrize("members", [0, 1, 17])
def test_members_that_look_alike_have_one_seed(members: int) -> None:
    repeated = 0
    for seed in range(100):
        rows, seeds = assortment(np.random.default_rng(seed), 50, members)
        assert len(rows) == len(seeds) == members
        assert ((rows >= 0) & (rows < 50)).all()
        repeated += len(set(seeds.tolist())) == len(set(rows.tolist())) < members
    assert repeated > 30 or members < 2
