"""The mean of checkpoints: of the same net only, and what cannot be averaged stays whole."""

from pathlib import Path

import pytest
import torch

from training import average, engine


def test_the_mean_is_the_mean_and_counters_are_the_last_ones() -> None:
    nets = [{"w": torch.full((2, 3), float(v)), "n": torch.tensor(v)} for v in (1, 2, 6)]
    mean = average.mean_of(nets)
    assert mean["w"].tolist() == [[3.0] * 3] * 2
    assert mean["w"].dtype == torch.float32
    assert int(mean["n"]) == 6
    assert nets[0]["w"].tolist() == [[1.0] * 3] * 2  # nothing was changed in place


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({}, "w is not in all of them"),
        ({"w": torch.zeros(2), "v": torch.zeros(1)}, "v is not in all of them"),
        ({"w": torch.zeros(3)}, r"w is \(2,\) here and \(3,\) there"),
    ],
)
def test_different_nets_have_no_mean(other: dict[str, torch.Tensor], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        average.mean_of([{"w": torch.zeros(2)}, other])


def test_the_command_writes_a_checkpoint_of_the_last_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for step in (1, 3):
        engine.save_checkpoint(tmp_path / f"{step}.pt", {"net": {"w": torch.full((1,), float(step))}, "step": step})
    monkeypatch.setattr("sys.argv", ["average", *(str(tmp_path / f"{n}.pt") for n in ("out", 1, 3))])
    average.main()
    saved = engine.load_start(tmp_path / "out.pt")
    assert (saved["net"]["w"].item(), saved["step"]) == (2.0, 3)
    monkeypatch.setattr("sys.argv", ["average", str(tmp_path / "x.pt"), str(tmp_path / "none.pt")])
    with pytest.raises(FileNotFoundError, match=r"none\.pt"):
        average.main()
