"""Which artwork makes the cohort: never what is held out, one of each right holder, the same each time."""

from pathlib import Path

from inference.artwork.table import ArtworkRow
from training.cohort import choose


def row(holder: str, number: int, split: str = "train") -> ArtworkRow:
    mark = f"{holder}-{number}"
    return ArtworkRow(line=2, mark_id=mark, title=mark, holder=holder, file=Path(f"/{mark}.svg"), split=split)


ROWS = [row(holder, number) for holder in "ABCDEFGH" for number in range(3)]
ROWS += [row("A", 9, "held_out"), row("Z", 0, "held_out"), row("Y", 0, "")]


def test_one_of_each_right_holder_and_nothing_held_out() -> None:
    for seed in range(50):
        chosen = choose(ROWS, 5, seed)
        assert len({r.holder for r in chosen}) == len(chosen) == 5
        assert {r.split for r in chosen} == {"train"}


def test_never_more_than_there_are() -> None:
    assert sorted(r.holder for r in choose(ROWS, 100, 0)) == list("ABCDEFGH")
    assert choose([row("Z", 0, "held_out")], 5, 0) == []


def test_the_seed_decides() -> None:
    assert choose(ROWS, 5, 1) == choose(ROWS, 5, 1)
    assert len({tuple(r.mark_id for r in choose(ROWS, 5, seed)) for seed in range(20)}) > 10
