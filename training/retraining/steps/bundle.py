"""Last step: candidate/, complete: bundles, cards, train.lock, signatures, and the current.toml that names them."""

import shutil
from pathlib import Path
from typing import Any

from inference.proving.keys import load_key
from inference.proving.signing import sign
from training.retraining.card import card
from training.retraining.champion import check_loads, deployed_names
from training.retraining.context import Context
from training.retraining.files import folder_whole, read_json, write_json
from training.retraining.lock import as_text, train_lock
from training.retraining.steps import calibrate, evaluate, export, finetune, judge, manifest

OUTPUT, FOLDER = "candidate.json", "candidate"


def run(context: Context) -> None:
    """Put the candidate together; what was measured is copied as it is, byte for byte."""
    made = read_json(context.run / export.OUTPUT)
    folder_whole(context.run / FOLDER, lambda folder: fill(context, made, folder))
    check_loads(context.run / FOLDER)
    write_json(
        context.run / OUTPUT,
        {
            "bundles": deployed_names(context.run / FOLDER),
            "trained": sorted(made),
            "signed": context.given("signing_key") is not None,
        },
    )


def fill(context: Context, made: dict[str, Any], folder: Path) -> None:
    """Copy the bundles and put beside them what tells about them."""
    shutil.copytree(context.run / calibrate.FOLDER, folder, dirs_exist_ok=True)
    lock = train_lock(context)
    told = {
        "manifest": read_json(context.run / manifest.OUTPUT),
        "trained": read_json(context.run / finetune.OUTPUT),
        "evaluation": read_json(context.run / evaluate.OUTPUT),
        "calibration": read_json(context.run / calibrate.OUTPUT),
        "gates": read_json(context.run / judge.OUTPUT)["gates"],
    }
    cards = {what["name"]: card(what["name"], lock=lock, **told) for what in made.values()}
    for name, text in cards.items():
        (folder / name / "card.md").write_text(text, encoding="utf-8")
        (folder / name / "train.lock").write_text(as_text(lock), encoding="utf-8")
    (folder / "card.md").write_text("\n".join(cards.values()), encoding="utf-8")
    write_json(folder / "gates.json", read_json(context.run / judge.OUTPUT))
    key = context.given("signing_key")
    if key is not None:
        for name in cards:
            sign(folder / name, load_key(key))
