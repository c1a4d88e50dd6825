"""Splits: by parcel and sender, stable when new pictures come, and the test split is never learnt from."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from version_records import image

from datasets.labels.records import LabelledImage
from datasets.versions.errors import BadVersion
from datasets.versions.splitting import SHARES, divide, drawn, guarded, split

SENDERS = 400


def parcels(count: int = 2000, senders: int = SENDERS) -> list[LabelledImage]:
    """Two pictures of each parcel, several parcels of each sender; each its own bytes."""
    return [
        image(f"i{n}", sha256=f"{n:064x}", parcel=f"p{n // 2}", consignor=f"c{n // 2 % senders}") for n in range(count)
    ]


def keyed(splits: dict[str, str], images: list[LabelledImage], name: str) -> dict[str, set[str]]:
    """In which splits each parcel or consignor is."""
    found: dict[str, set[str]] = {}
    for one in images:
        found.setdefault(getattr(one, name), set()).add(splits[one.image_id])
    return found


def test_parcels_and_senders_stay_together_and_shares_are_near() -> None:
    images = parcels()
    splits = split(images, 7)
    for name in ("parcel", "consignor"):
        assert all(len(own) == 1 for own in keyed(splits, images, name).values())
    counts = Counter(splits.values())
    assert {name: round(counts[name] / len(images), 1) for name in SHARES} == {
        "train": 0.8,
        "validation": 0.1,
        "test": 0.1,
    }


def test_the_same_seed_gives_the_same_splits_in_any_order_and_another_does_not() -> None:
    images = parcels(400)
    assert split(images, 7) == split(images[::-1], 7)
    assert split(images, 7) != split(images, 8)


def test_nobody_moves_when_new_pictures_come() -> None:
    images = parcels()
    before, after = split(images[:1000], 7), split(images, 7)
    assert {own: after[own] for own in before} == before


def test_an_empty_parcel_or_sender_joins_nothing() -> None:
    images = [image(f"i{n}", sha256=f"{n:064x}") for n in range(200)]
    assert len(set(divide(images, seed=7).group.values())) == 200
    assert len(set(split(images, 7).values())) == 3


def test_the_same_bytes_and_copies_stay_together() -> None:
    images = [replace(image(f"i{n}"), sha256=f"{n // 2:064x}") for n in range(100)]
    division = divide(images, seed=7, alike=[("i0", "i10"), ("i10", "i99")])
    assert all(division.split[f"i{n}"] == division.split[f"i{n + 1}"] for n in range(0, 100, 2))
    assert len({division.group[own] for own in ("i0", "i1", "i10", "i11", "i98", "i99")}) == 1


def test_a_chain_of_parcels_senders_and_copies_is_one_group() -> None:
    images = [
        image("a", sha256="a" * 64, parcel="1"),
        image("b", sha256="b" * 64, parcel="1", consignor="x"),
        image("c", sha256="c" * 64, consignor="x", parcel="2"),
        image("d", sha256="d" * 64),
        *(image(f"z{n}", sha256=f"{n:064x}") for n in range(10)),
    ]
    division = divide(images, seed=1, alike=[("d", "c")])
    assert len({division.group[own] for own in "abcd"}) == 1


def sender_in(wanted: str, seed: int = 7) -> str:
    return next(f"s{n}" for n in range(1000) if drawn(f"consignor s{n}", seed, SHARES) == wanted)


def test_where_groups_grow_together_test_wins() -> None:
    learnt, tested = sender_in("train"), sender_in("test")
    images = [image("a", sha256="a" * 64, consignor=learnt), image("b", sha256="b" * 64, consignor=tested)]
    images += [image(f"z{n}", sha256=f"{n:064x}") for n in range(10)]
    apart, joined = split(images, 7), split(images, 7, alike=[("a", "b")])
    assert (apart["a"], apart["b"]) == ("train", "test")
    assert (joined["a"], joined["b"]) == ("test", "test")
    assert guarded(["train", "validation"]) == "validation"


def test_a_parents_split_is_kept() -> None:
    images = parcels(100, 40)
    drawn_by_lot = split(images, 7)
    before = {own: "validation" if name == "train" else "train" for own, name in drawn_by_lot.items()}
    assert divide(images, seed=7, before=before).split == before
    known = {"i0": "test", "i3": "train"}
    joined = divide(images, seed=7, before=known, alike=[("i0", "i3")])
    assert {joined.split[own] for own in ("i0", "i1", "i2", "i3")} == {"test"}


def test_a_sender_that_would_swallow_the_set_is_split_by_parcel() -> None:
    images = parcels(600, 1) + [image(f"z{n}", sha256=f"f{n:063x}", consignor=f"small{n}") for n in range(400)]
    division = divide(images, seed=7)
    assert division.divided == ("c0",)
    assert all(len(own) == 1 for own in keyed(dict(division.split), images[:600], "parcel").values())
    assert len({division.split[f"i{n}"] for n in range(600)}) == 3


def test_a_sender_just_below_the_limit_is_not() -> None:
    images = parcels(300, 1) + [image(f"z{n}", sha256=f"f{n:063x}", consignor=f"small{n}") for n in range(700)]
    division = divide(images, seed=7)
    assert division.divided == ()
    assert len({division.split[f"i{n}"] for n in range(300)}) == 1


def test_groups_that_are_too_large_and_splits_that_are_empty_are_said() -> None:
    images = [image(f"i{n}", sha256=f"{n:064x}", parcel="one") for n in range(9)]
    division = divide(images, seed=7)
    (only,) = set(division.split.values())
    assert division.remarks[0].endswith("has 9 of 9 pictures (100 %): they are in one split")
    empty = [remark for remark in division.remarks if remark.startswith("no picture is in")]
    assert len(empty) == 2
    assert not any(only in remark for remark in empty)


def test_nothing_is_divided_into_nothing() -> None:
    division = divide([], seed=7)
    assert dict(division.split) == {}


def test_shares_are_checked() -> None:
    with pytest.raises(BadVersion, match="shares are"):
        split([image()], 7, {"train": 0.5, "test": 0.1})


def test_a_share_of_nothing_gets_nothing() -> None:
    assert set(split(parcels(400), 7, {"train": 1.0}).values()) == {"train"}


NAMES = st.sampled_from(["", "x", "y", "z", "\ud800"])


@given(st.lists(st.tuples(NAMES, NAMES), max_size=12), st.integers(), st.data())
def test_what_belongs_together_is_never_apart(rows: list[tuple[str, str]], seed: int, data: st.DataObject) -> None:
    images = [image(f"i{n}", sha256=f"{n:064x}", parcel=p, consignor=c) for n, (p, c) in enumerate(rows)]
    ids = [one.image_id for one in images]
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(ids)), max_size=4)) if ids else []
    division = divide(images, seed=seed, alike=pairs)
    for one in images:
        for other in images:
            together = one.parcel and one.parcel == other.parcel
            sender = one.consignor and one.consignor == other.consignor and one.consignor not in division.divided
            if together or sender or (one.image_id, other.image_id) in pairs:
                assert division.split[one.image_id] == division.split[other.image_id]
                assert division.group[one.image_id] == division.group[other.image_id]
    split_of_group = {(division.group[own], division.split[own]) for own in ids}
    assert len({group for group, _ in split_of_group}) == len(split_of_group)
