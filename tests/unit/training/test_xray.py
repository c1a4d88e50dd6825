"""Training and measuring on rendered scans, without a trained model."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from datasets.training_artwork import TrainingArtwork
from datasets.xray.trials import TrialMark
from training.batches import RENDERINGS
from training.xray.data import LIES, XrayBatches, XrayScenes, reliefs_of
from training.xray.evaluation import LEAST, Looked, Seen, measure


def artwork() -> list[TrainingArtwork]:
    rows = []
    for index, (w, h) in enumerate(((40, 10), (10, 40), (25, 25))):
        picture = np.zeros((50, 50, 4), np.uint8)
        picture[5 : 5 + h, 5 : 5 + w] = (0, 0, 0, 255)
        rows.append(TrainingArtwork(mark_id=f"m{index}", holder=f"h{index}", picture=picture))
    return rows


def test_batches_have_a_class_for_each_way_a_mark_can_lie() -> None:
    rows = artwork()
    batches = XrayBatches(rows, reliefs_of(rows), 2, 48, seed=1)
    batch = batches[3]
    assert batch.crops.shape == (2 * RENDERINGS, 48, 48, 3)
    assert batch.filed.shape == (2, 48, 48, 3)
    assert batch.owner.tolist() == [0] * RENDERINGS + [1] * RENDERINGS
    assert len(set((batch.marks // LIES).tolist())) == 2
    assert int(batch.marks.max()) < 3 * LIES


def test_scenes_say_which_cells_answer_for_a_mark() -> None:
    scenes = XrayScenes(reliefs_of(artwork()), scenes=3, side=128, seed=1)
    batch = scenes[0]
    assert batch.pictures.shape == (3, 128, 128, 3)
    assert batch.targets.shape[:2] == batch.owned.shape
    assert torch.isfinite(batch.targets).all()


def looked(rank: int | None, *, found: bool = True, size: float = 60.0, form: str = "emblem") -> Looked:
    mark = TrialMark(row=0, form=form, box=(0.0, 0.0, size, size), contrast=5.0)
    return Looked(mark=mark, size=size, found=found, rank=rank)


def test_headline_figures_are_of_metal_and_relief_that_is_large_enough() -> None:
    marks = (
        looked(0),
        looked(3),
        looked(None, found=False),
        looked(0, size=LEAST - 1),  # too small
        looked(None, form="foil"),  # hardly to be seen
    )
    tree = measure([Seen(marks=marks, raised=True, milliseconds=10.0), Seen(marks=(), raised=False, milliseconds=30.0)])
    assert (tree["crops"]["top1"].value, tree["crops"]["top1"].n) == (pytest.approx(1 / 3), 3)
    assert tree["crops"]["top10"].value == pytest.approx(2 / 3)
    assert tree["detection"]["recall20"].value == pytest.approx(2 / 3)
    assert tree["by_form"]["foil"]["top1"].n == 1
    assert tree["by_size"]["32_64"]["top1"].n == 5
    assert tree["ms"]["median"] == 20.0
    assert (tree["scans"]["raised"].value, tree["scans"]["raised"].n) == (0.5, 2)
    other = replace(marks[0].mark, contrast=0.5)
    assert (
        measure([Seen(marks=(replace(marks[0], mark=other),), raised=False, milliseconds=1.0)])["by_contrast"]["lt1"][
            "top1"
        ].n
        == 1
    )
