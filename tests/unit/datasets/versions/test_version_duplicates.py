"""Copies: resized, recompressed, cropped and relit ones are found, other pictures and empty ones are not."""

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from version_records import drawn, image

from datasets.versions.duplicates import NEAR, duplicates, near
from datasets.versions.hashes import Print, print_of
from datasets.versions.leaks import leaks

Picture = NDArray[np.uint8]
PARCELS = Path("datasets/samples/parcels")


def parcel(name: str) -> Picture:
    return cv2.cvtColor(cv2.imread(str(PARCELS / name)), cv2.COLOR_BGR2RGB)


def jpeg(picture: Picture, quality: int) -> Picture:
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def lit(picture: Picture, gain: float, offset: float) -> Picture:
    return np.clip(picture * gain + offset, 0, 255).astype(np.uint8)


def cropped(picture: Picture, left: float, top: float, right: float, bottom: float) -> Picture:
    h, w = picture.shape[:2]
    return picture[round(top * h) : round(h - bottom * h), round(left * w) : round(w - right * w)]


COPIES: dict[str, Callable[[Picture], Picture]] = {
    "a third of the size": lambda one: cv2.resize(one, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA),
    "twice the size": lambda one: cv2.resize(one, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC),
    "quality 10": lambda one: jpeg(one, 10),
    "darker": lambda one: lit(one, 0.7, 0),
    "lighter": lambda one: lit(one, 1.15, 20),
    "cropped at one side": lambda one: cropped(one, 0.03, 0, 0, 0),
    "cropped at all sides": lambda one: cropped(one, 0.03, 0.03, 0.03, 0.03),
    "all of it": lambda one: jpeg(lit(cropped(one, 0, 0.02, 0.01, 0), 0.85, 10)[::2, ::2], 50),
}


@pytest.mark.parametrize("kind", COPIES)
def test_copies_are_found_and_other_parcels_are_not(kind: str) -> None:
    names = ("carton-on-belt.jpg", "perfume-table.jpg", "under-tape.jpg", "plain-bags.jpg")
    pictures = [parcel(name) for name in names]
    prints = [print_of(one) for one in (*pictures, *map(COPIES[kind], pictures))]
    assert duplicates(prints) == [(0, 4), (1, 5), (2, 6), (3, 7)]


def flat(level: int, seed: int) -> Picture:
    """An empty belt: noise, and light that falls off to one side."""
    noise = np.random.default_rng(seed).normal(0, 3, (120, 160, 3))
    slope = np.linspace(-40, 40, 160)[None, :, None]
    return np.clip(level + noise + slope, 0, 255).astype(np.uint8)


def test_pictures_of_nothing_are_nobodys_copies() -> None:
    prints = [print_of(one) for one in (flat(90, 1), flat(90, 1), flat(120, 2), np.zeros((9, 9, 3), np.uint8))]
    assert [one.flat for one in prints] == [True] * 4
    assert duplicates(prints) == []


def test_a_pixel_and_a_strip_are_pictures_too() -> None:
    assert print_of(np.zeros((1, 1, 3), np.uint8)).flat
    assert not print_of(np.repeat(drawn(3)[:1], 1, 0)).flat


def test_the_same_hash_is_not_enough() -> None:
    one, other = print_of(drawn(1)), print_of(drawn(2))
    forged = Print(bits=one.bits, sketch=other.sketch, flat=False)
    assert duplicates([one, forged, one]) == [(0, 2)]


def test_a_frozen_camera_is_one_group_without_a_pair_for_each_two() -> None:
    pairs = duplicates([print_of(drawn(1))] * 500)
    assert pairs == [(0, other) for other in range(1, 500)]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=8, unique=True), st.data())
@settings(max_examples=25)
def test_all_near_hashes_are_found(values: list[int], data: st.DataObject) -> None:
    places = st.lists(st.integers(0, 63), min_size=1, max_size=NEAR + 2, unique=True)
    changed = values[0] ^ sum(1 << place for place in data.draw(places))
    bits = list(dict.fromkeys([*values, changed]))
    expected = {(a, b) for b in range(len(bits)) for a in range(b) if (bits[a] ^ bits[b]).bit_count() <= NEAR}
    assert set(map(tuple, near(np.array(bits, np.uint64)).tolist())) == expected


def test_near_finds_no_more_than_it_can() -> None:
    with pytest.raises(ValueError, match="limit must be in 0..11, got 12"):
        near(np.zeros(1, np.uint64), NEAR + 1)
    assert near(np.zeros(0, np.uint64)).shape == (0, 2)


def test_twenty_thousand_take_seconds() -> None:
    bits = np.random.default_rng(0).integers(0, 2**64 - 1, 20_000, np.uint64)
    started = time.process_time()
    near(bits)
    assert time.process_time() - started < 5


def test_leaks_are_named_by_what_is_shared() -> None:
    prints = [print_of(one) for one in (drawn(1), drawn(2), drawn(3), drawn(4), drawn(2)[1:], drawn(3))]
    images = [
        image("a", parcel="p", consignor="x"),
        image("b", parcel="p", consignor="y", sha256="b" * 64),
        image("c", consignor="x", sha256="c" * 64),
        image("d", sha256="d" * 64),
        image("e", sha256="e" * 64),
        image("f", sha256="c" * 64),
    ]
    splits = {"a": "train", "b": "test", "c": "test", "d": "train", "e": "train", "f": "train"}
    assert [str(leak) for leak in leaks(images, splits, prints)] == [
        "c (test) and f (train): same bytes",
        "a (train) and b (test): same parcel",
        "a (train) and c (test): same consignor",
        "b (test) and e (train): nearly the same picture",
    ]
    assert len(leaks(images, splits, divided=["x"])) == 2
    assert leaks(images, dict.fromkeys(splits, "train"), prints) == []
