"""Parameters: rows, copies, files."""

from pathlib import Path

import pytest
import torch

from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.parameters import Parameters
from datasets.renderer.batched.render import draw
from datasets.renderer.batched.rows import where_on


def parameters(n: int = 5) -> Parameters:
    return draw(torch.Generator().manual_seed(1), n)


def same(one: Parameters, other: Parameters) -> bool:
    a, b = one.flat(), other.flat()
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def test_they_come_back_from_a_file(tmp_path: Path) -> None:
    torch.save(parameters().flat(), tmp_path / "hard.pt")
    assert same(Parameters.from_flat(torch.load(tmp_path / "hard.pt", weights_only=True)), parameters())


def test_rows_are_chosen_and_joined_again() -> None:
    whole = parameters()
    parts = [whole.rows(torch.tensor(rows, dtype=torch.int64)) for rows in ([0, 1], [], [2], [3, 4])]
    assert [len(part) for part in parts] == [2, 0, 1, 2]
    assert same(Parameters.joined(parts), whole)
    assert same(whole.rows(torch.tensor([4, 0])).rows(torch.tensor([1])), whole.rows(torch.tensor([0])))
    assert same(whole.to(torch.device("cpu")), whole)


def test_values_of_different_lengths_are_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"there are \[2, 3\] rows"):
        Parameters(stages={"a": {"x": torch.zeros(2)}, "b": {"y": torch.zeros(3)}})


def test_none_are_none() -> None:
    assert len(parameters(0)) == 0


@pytest.mark.parametrize("weights", [(0.0, 1.0, 3.0), (1.0, 0.0, 0.0), (0.2, 0.5, 0.3)])
def test_kinds_come_as_often_as_their_weights_say(weights: tuple[float, ...]) -> None:
    kinds = Dice(torch.Generator().manual_seed(0), 6000).kinds(weights)
    shares = kinds.bincount(minlength=3) / 6000
    torch.testing.assert_close(shares, torch.tensor(weights) / sum(weights), atol=0.03, rtol=0)


@pytest.mark.parametrize("on", [[], [1], [0, 1, 2]])
def test_a_stage_is_done_where_it_is_on(on: list[int]) -> None:
    strength = torch.zeros(3)
    strength[on] = -2.0
    given = []

    def double(batch: torch.Tensor, beside: torch.Tensor, values: dict[str, torch.Tensor]) -> torch.Tensor:
        given.append(len(batch))
        return batch * 2 + beside + values["add"][:, None]

    batch = torch.arange(6.0).reshape(3, 2)
    expected = batch.clone()
    expected[on] = expected[on] * 2 + 100 + torch.tensor([1.0, 2.0, 3.0])[on, None]
    values = {"strength": strength, "add": torch.tensor([1.0, 2.0, 3.0])}
    assert torch.equal(where_on(values, batch, double, torch.full((3, 2), 100.0)), expected)
    assert given == ([len(on)] if on else [])
