"""The committed recipes are arguments that their jobs take."""

import sys
from pathlib import Path

import pytest

import training
from training import detector_job, embedder_job, verifier_job

RECIPES = sorted((Path(training.__file__).parent / "recipes").glob("*.args"))
JOBS = {"detector": detector_job, "embedder": embedder_job, "verifier": verifier_job}


def test_there_are_recipes_for_a_cpu_and_for_a_gpu() -> None:
    assert {recipe.stem.split("-")[1] for recipe in RECIPES} == {"cpu", "gpu"}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_is_understood_by_its_job(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = JOBS[recipe.stem.split("-")[0]]
    given: list[int] = []
    monkeypatch.setattr(job, "train", lambda args: given.append(args.steps))
    needed = ["--artwork", "a.csv", "--photographs", "p"]
    needed += ["--embedder", "e.pt"] if job is verifier_job else ["--trunk", "t.pth"]
    monkeypatch.setattr(sys, "argv", ["job", f"@{recipe}", *needed])
    job.main()
    assert given == [int(recipe.read_text().split("--steps ")[1].split()[0])]
