"""The engine: the rate's course, checkpoints that survive a failed write, runs that resume as if unbroken."""

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from datasets.training_artwork import TrainingArtwork
from tests.unit.datasets.renderer.drawings import disc, flag, photographs
from tests.unit.training.packing import lively_trunk, pack
from training import batches, detector_job, embedder_job, engine


def test_the_rate_warms_up_linearly_then_follows_half_a_cosine() -> None:
    course = [engine.learning_rate(step, 1000, warmup=10) for step in range(1001)]
    np.testing.assert_allclose(course[:10], [0.1 * (i + 1) for i in range(10)])
    assert course[9] == pytest.approx(1.0)
    assert max(course) <= 1.0
    assert course[505] == pytest.approx(0.51)  # half way: the mean of 1 and 0.02
    assert course[1000] == pytest.approx(0.02)
    assert (np.diff(course[10:]) < 0).all()
    quarter = 10 + (1000 - 10) // 4
    assert course[quarter] == pytest.approx(0.02 + 0.98 * (1 + math.cos(math.pi * (quarter - 10) / 990)) / 2)


@pytest.mark.parametrize("steps", [0, 1, 5, 40])
def test_a_run_shorter_than_the_warm_up_has_a_rate_too(steps: int) -> None:
    rates = [engine.learning_rate(step, steps) for step in range(steps + 1)]
    assert all(0 < rate <= 1 for rate in rates)


def test_each_group_has_its_own_base_rate() -> None:
    parameters = [nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimiser = torch.optim.AdamW([{"params": [p]} for p in parameters])
    engine.set_learning_rates(optimiser, (0.1, 0.3), 0.5)
    assert [group["lr"] for group in optimiser.param_groups] == pytest.approx([0.05, 0.15])
    with pytest.raises(ValueError, match="zip"):
        engine.set_learning_rates(optimiser, (0.1,), 0.5)


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    assert engine.load_checkpoint(path) is None
    engine.save_checkpoint(path, {"step": 7, "net": {"a": torch.arange(3)}})
    saved = engine.load_checkpoint(path)
    assert saved is not None
    assert saved["step"] == 7
    assert saved["net"]["a"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("written", [b"", b"half a checkpoint"])
def test_a_failed_save_leaves_the_old_checkpoint_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: bytes
) -> None:
    path = tmp_path / "net.pt"
    engine.save_checkpoint(path, {"step": 50})

    def full_disk(state: dict[str, Any], place: Path) -> None:
        Path(place).write_bytes(written)
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full_disk)
        with pytest.raises(OSError, match="no space"):
            engine.save_checkpoint(path, {"step": 100})
    saved = engine.load_checkpoint(path)
    assert saved == {"step": 50}
    engine.save_checkpoint(path, {"step": 100})
    assert engine.load_checkpoint(path) == {"step": 100}


class Numbers(Dataset[int]):
    def __getitem__(self, step: int) -> int:
        return step * 10


class Recorder:
    """A run that remembers what it was given and saved."""

    def __init__(self, step: int) -> None:
        self.step, self.given, self.saved = step, list[int](), list[int]()

    def advance(self, batch: int) -> float:
        self.given.append(batch)
        self.step += 1
        return float(batch)

    def save(self) -> None:
        self.saved.append(self.step)


def test_a_run_gets_the_batches_from_its_step_on_and_saves_now_and_then(tmp_path: Path) -> None:
    run, log = Recorder(48), tmp_path / "log"
    engine.run_to(run, Numbers(), 103, name="test", workers=0, log=log)
    assert run.given == [step * 10 for step in range(48, 103)]
    assert run.saved == [50, 100, 103]
    assert log.read_text().splitlines()[0] == "49 480.0000"
    assert len(log.read_text().splitlines()) == 55


@pytest.mark.parametrize("steps", [48, 10])
def test_a_finished_run_does_nothing(tmp_path: Path, steps: int) -> None:
    run = Recorder(48)
    engine.run_to(run, Numbers(), steps, name="test", workers=0, log=tmp_path / "log")
    assert run.given == run.saved == []


def artwork() -> list[TrainingArtwork]:
    pictures = {"disc": disc(), "flag": flag(), "ring": np.rot90(disc()).copy(), "upright": np.rot90(flag()).copy()}
    items = [TrainingArtwork(mark_id=name, holder=f"{name[0]} plc", picture=p) for name, p in pictures.items()]
    return [*items, TrainingArtwork(mark_id="flag", holder="f plc", picture=flag()[:, :96].copy())]


def arguments(out: Path, steps: int) -> argparse.Namespace:
    trunk = out / "trunk.pth"
    if not trunk.exists():
        pack(lively_trunk(0), trunk)
    places = {"out": str(out), "trunk": str(trunk), "start": None}
    return argparse.Namespace(**places, steps=steps, seed=3, lr=1e-3, side=64, compile=False, frozen=0)


def same(one: Any, other: Any) -> bool:
    """Whether two batches or states hold the same numbers."""
    if isinstance(one, Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def test_batches_depend_on_seed_and_step_alone() -> None:
    def crops(seed: int) -> embedder_job.RenderedBatches:
        return embedder_job.RenderedBatches(artwork(), photographs(), 2, 64, seed)

    def scenes(seed: int) -> detector_job.RenderedScenes:
        pictures = [item.picture for item in artwork()]
        return detector_job.RenderedScenes(pictures, photographs(), scenes=2, side=64, seed=seed)

    def workshop(seed: int) -> batches.WorkshopBatches:
        orders = batches.Orders(artwork(), 2, 64, seed)
        return batches.WorkshopBatches(orders, made)

    made = batches.Workshop.of(artwork(), photographs(), 64, torch.device("cpu"))
    for make in (crops, scenes, workshop):
        used, fresh, other = make(1), make(1), make(2)
        for step in (5, 0, 3):
            assert same(vars(used[step]), vars(fresh[step]))
        assert same(vars(used[3]), vars(fresh[3]))  # again, in another order
        assert not same(vars(used[3]), vars(used[4]))
        assert not same(vars(used[3]), vars(other[3]))


def test_an_embedder_batch_names_the_owners_of_its_crops() -> None:
    batch = embedder_job.RenderedBatches(artwork(), photographs(), 3, 64, 1)[0]
    assert batch.crops.shape == (9, 64, 64, 3)
    assert batch.filed.shape == (3, 64, 64, 3)
    assert batch.owner.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert len(set(batch.marks.tolist())) == 3
    assert all(0 <= mark < 4 for mark in batch.marks.tolist())


def test_a_detector_batch_gives_owned_cells_the_box_around_them() -> None:
    scenes = detector_job.RenderedScenes([flag()], photographs(), scenes=4, side=64, seed=1)
    batch = scenes[0]
    cells = 64 + 16 + 4
    assert batch.pictures.shape == (4, 64, 64, 3)
    assert batch.targets.shape == (4, cells, 4)
    assert batch.owned.shape == (4, cells)
    assert batch.owned.any()
    assert not batch.owned.all()
    boxes = batch.targets[batch.owned]
    assert (boxes[:, 2:] > boxes[:, :2]).all()


def embedder_run(args: argparse.Namespace) -> tuple[engine.Run, Dataset[Any]]:
    return embedder_job.EmbedderRun(args, artwork()), embedder_job.RenderedBatches(artwork(), photographs(), 2, 64, 3)


def detector_run(args: argparse.Namespace) -> tuple[engine.Run, Dataset[Any]]:
    pictures = [item.picture for item in artwork()]
    scenes = detector_job.RenderedScenes(pictures, photographs(), scenes=2, side=64, seed=3)
    return detector_job.DetectorRun(args), scenes


@pytest.mark.parametrize(("name", "make"), [("embedder", embedder_run), ("detector", detector_run)])
def test_a_resumed_run_ends_as_the_unbroken_one(tmp_path: Path, name: str, make: Any) -> None:
    ends = {}
    for way, stops in (("unbroken", (4,)), ("resumed", (1, 3, 4))):
        out = tmp_path / way
        out.mkdir()
        for stop in stops:
            run, batches = make(arguments(out, 4))
            engine.run_to(run, batches, stop, name=name, workers=0, log=out / "log")
        ends[way] = engine.load_checkpoint(out / f"{name}.pt")
    assert ends["unbroken"] is not None
    assert ends["unbroken"]["step"] == 4
    assert same(ends["unbroken"], ends["resumed"])
    logs = [(tmp_path / way / "log").read_text() for way in ends]
    assert logs[0] == logs[1]


def test_a_run_that_is_out_of_time_leaves_a_checkpoint_and_goes_on_later(tmp_path: Path) -> None:
    run = Recorder(0)
    engine.run_to(run, Numbers(), 1_000, name="test", workers=0, log=tmp_path / "log", minutes=0.0)
    assert (run.step, run.saved) == (1, [1])


def test_a_recipe_is_a_file_of_arguments_and_later_ones_win(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.args"
    recipe.write_text("# what was run\n--minutes 9  # a stage\n\n--minutes 8.5\n")
    assert engine.JobParser("job").parse_args([f"@{recipe}"]).minutes == 8.5
    assert engine.JobParser("job").parse_args([f"@{recipe}", "--minutes", "1"]).minutes == 1
