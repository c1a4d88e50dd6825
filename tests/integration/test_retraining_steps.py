"""A whole retraining, small: from labels to a proven candidate; broken off, resumed, refused, and by two processes."""

import dataclasses
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from datasets.labels.lines import read_lines, write_lines
from datasets.labels.records import Label, LabelledImage
from datasets.parcels.__main__ import as_jpeg
from datasets.parcels.lots import PLAIN, parcel
from inference.proving.keys import load_key, make_key
from inference.proving.prove import prove
from training.retraining import scale
from training.retraining.__main__ import main
from training.retraining.files import PART, folder_sums
from training.retraining.gatefile import SHIPPED
from training.retraining.replay import registry_artwork

pytestmark = [
    pytest.mark.filterwarnings("ignore:Constant folding"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

ROOT = Path(__file__).parents[2]
MODELS, SAMPLES = ROOT / "models", ROOT / "datasets" / "samples"
MARKS = ("kestrique", "vantrillo", "druvalo", "nimbarque", "anvolrie", "huskadine")
TINY = {"renderings": 1, "others": 3, "looks": 2, "steps": 24, "labels": 4, "replayed": 6, "marked": 1, "clean": 1}
TINY |= {"fitted": 1, "crops": 2, "again": 2, "detector_steps": 2, "scenes": 2}
CHILD = (
    "import dataclasses, sys, torch\n"
    "torch.set_num_threads(1)\n"
    "from training.retraining import scale\n"
    "from training.retraining.__main__ import main\n"
    f"scale.SCALES['smoke'] = dataclasses.replace(scale.SCALES['smoke'], **{TINY!r})\n"
    "if __name__ == '__main__':\n"
    "    sys.exit(main(sys.argv[1:]))\n"
)


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Everything in its smallest size, and one thread: threads that wait for one another cost more."""
    usual, threads = scale.SCALES, torch.get_num_threads()
    torch.set_num_threads(1)
    scale.SCALES = {**usual, "smoke": dataclasses.replace(usual["smoke"], **TINY)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.retraining.context.SCALES", scale.SCALES)
        yield
    scale.SCALES = usual
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry of six marks, and labels on four parcels."""
    folder = tmp_path_factory.mktemp("material")
    heading, *rows = (SAMPLES / "registry.csv").read_text(encoding="utf-8").splitlines()
    own = [row for row in rows if row.startswith(MARKS)]
    (folder / "artwork").mkdir()
    for row in own:
        shutil.copy(SAMPLES / row.split(",")[3], folder / row.split(",")[3])
    (folder / "registry.csv").write_text("\n".join([heading, *own]) + "\n", encoding="utf-8")
    write_labels(folder)
    make_key(folder / "signing.key")
    return folder


def write_labels(folder: Path) -> None:
    """Four labelled parcels: three with marks, one with a place that is no logo."""
    artwork = registry_artwork(folder / "registry.csv", folder / "cache")
    (folder / "labels" / "pictures").mkdir(parents=True)
    images = []
    for index in range(4):
        shot = parcel(artwork, (5, index), scenes=("mailing-bag.jpg",)) if index else parcel((), (5, 0), scenes=PLAIN)
        data = as_jpeg(shot.picture)
        sha256 = hashlib.sha256(data).hexdigest()
        (folder / "labels" / "pictures" / f"{sha256}.jpg").write_bytes(data)
        labels = [label_of(f"{index}-{n}", seen.box, seen.mark_id) for n, seen in enumerate(shot.seen)]
        height, width = shot.picture.shape[:2]
        labels = labels or [label_of(f"{index}-none", (20.0, 20.0, 90.0, 80.0), None)]
        size = {"width": width, "height": height}
        images.append(
            LabelledImage(image_id=str(index), file_name=f"{sha256}.jpg", sha256=sha256, **size, labels=tuple(labels))
        )
    (folder / "labels" / "labels.jsonl").write_bytes(write_lines(images))


def label_of(name: str, box: tuple[float, float, float, float], mark: str | None) -> Label:
    category = "not_a_logo" if mark is None else "logo"
    return Label(label_id=name, box=box, category=category, mark_id=mark, strength="strong", source="decision:1")


def asked(run: Path, material: Path, **changes: Any) -> Path:
    """A run's folder with its request."""
    run.mkdir(parents=True, exist_ok=True)
    request = {"champion": str(MODELS), "labels": str(material / "labels"), "registry": str(material / "registry.csv")}
    request |= {"roles": ["embedder"], "mode": "smoke", "seed": 3, "gates": str(SHIPPED), "minutes": 5}
    request |= {"signing_key": str(material / "signing.key")}
    (run / "request.json").write_text(json.dumps(request | changes), encoding="utf-8")
    return run


def result(run: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((run / "result.json").read_text(encoding="utf-8"))
    return told


@pytest.fixture(scope="module")
def whole(material: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing disturbed."""
    before = folder_sums(MODELS)
    run = asked(tmp_path_factory.mktemp("runs") / "whole", material)
    assert main([str(run)]) in (0, 3), result(run)
    assert folder_sums(MODELS) == before  # the champion is never written to
    return run


def test_a_run_leaves_a_proven_candidate_and_says_how_it_was_made(whole: Path, material: Path) -> None:
    candidate = whole / "candidate"
    made = json.loads((whole / "export.json").read_text(encoding="utf-8"))["embedder"]
    key = make_key(material / "other.key")
    with pytest.raises(Exception, match="not trusted"):
        prove(candidate / made["name"], role="embedder", trusted=[key])
    trusted = [load_key(material / "signing.key").public_key()]
    assert prove(candidate / made["name"], role="embedder", trusted=trusted).role == "embedder"
    card = (candidate / "card.md").read_text(encoding="utf-8")
    assert "trained on from embedder-5" in card
    assert all(words in card for words in ("**Gates.**", "manifest_sha256", "not photographed", "| mark | n |"))
    lock = json.loads((candidate / made["name"] / "train.lock").read_text(encoding="utf-8"))
    assert lock["seed"] == 3
    assert lock["packages"]["torch"]
    gates = json.loads((candidate / "gates.json").read_text(encoding="utf-8"))
    assert {"gate", "measured", "allowed", "passed", "words"} == set(gates["gates"][0])


def test_the_candidate_learnt_and_the_other_roles_are_the_champions(whole: Path) -> None:
    told = json.loads((whole / "candidate.json").read_text(encoding="utf-8"))["bundles"]
    for role, entry in told.items():
        same = (MODELS / entry["name"]).exists()
        assert same == (role != "embedder")
        if same:
            assert folder_sums(whole / "candidate" / entry["name"]) == folder_sums(MODELS / entry["name"])


def test_a_second_start_does_nothing(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = folder_sums(whole / "candidate")
    started = time.monotonic()
    main([str(whole)])
    assert time.monotonic() - started < 2.0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["note"] for line in lines] == ["done before"] * 7
    assert folder_sums(whole / "candidate") == before


def cut_off(run: Path, until: str, moment: str = "", how: signal.Signals = signal.SIGKILL) -> int:
    """Start the run in a process of its own and send it a signal at the first word of `moment`; its exit status.

    A moment is a line of progress, or a file that the run is about to put in its place.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", CHILD, str(run), "--until", until]
    with subprocess.Popen(  # noqa: S603 - our own
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            told = json.loads(line)
            if moment == told["step"] and told["note"] != "done before":
                process.send_signal(how)
            if told["step"] == "gates" and moment.endswith(PART):
                while process.poll() is None and not (run / moment).exists():
                    pass
                process.send_signal(how)
        return process.wait(60)


KILLS = {
    "export": ("manifest", "cut", "finetune", "export"),
    "bundle": ("calibrate candidate", "champion on golden", "per mark", "candidate.part"),
}


def untimed(run: Path) -> dict[str, Any]:
    """What a run measured, without how long it took; to six digits, for threads add up in any order."""
    text = (run / "evaluation.json").read_text(encoding="utf-8")
    told: dict[str, Any] = json.loads(text, parse_float=lambda digits: round(float(digits), 6))
    del told["latency"]
    for figures in [*told["sets"].values(), told["modality"]["photo"]]:
        for who in ("champion", "candidate"):
            assert figures[who].pop("p50_ms") > 0
            assert figures[who].pop("p95_ms") > 0
    return told


def test_a_run_that_is_killed_at_every_step_ends_as_the_unbroken_one(
    whole: Path, material: Path, tmp_path: Path
) -> None:
    run = asked(tmp_path / "killed", material)
    before = folder_sums(MODELS)
    for until, moments in KILLS.items():
        for moment in moments:
            assert cut_off(run, until, moment) == -signal.SIGKILL, moment
            assert not (run / "result.json").exists()
    assert cut_off(run, "bundle") in (0, 3)
    for name in ("manifest.json", "finetune.json", "export.json", "calibration.json"):
        assert (run / name).read_bytes() == (whole / name).read_bytes()
    assert folder_sums(run / "exported") == folder_sums(whole / "exported")
    assert untimed(run) == untimed(whole)
    assert folder_sums(MODELS) == before
    assert not list(run.glob(f"*{PART}"))


def test_a_signal_ends_a_run_at_its_next_checkpoint(whole: Path, material: Path, tmp_path: Path) -> None:
    run = asked(tmp_path / "stopped", material)
    assert cut_off(run, "finetune", "finetune", signal.SIGTERM) == 4
    assert result(run)["outcome"] == "stopped"
    assert (run / "embedder.pt").exists()
    assert not (run / "finetune.json").exists()
    assert cut_off(run, "finetune") == 0
    assert (run / "finetune.json").read_bytes() == (whole / "finetune.json").read_bytes()


def test_the_same_command_goes_on_after_a_stop(material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = asked(tmp_path / "stopped", material, minutes=0.0001)
    assert main([str(run), "--until", "finetune"]) == 0
    assert json.loads((run / "finetune.json").read_text(encoding="utf-8"))["embedder"]["steps"] < 20


def test_labels_that_change_meanwhile_are_noticed(material: Path, tmp_path: Path) -> None:
    shutil.copytree(material / "labels", tmp_path / "labels")
    run = asked(tmp_path / "run", material, labels=str(tmp_path / "labels"))
    assert main([str(run), "--until", "manifest"]) == 0
    lines = (tmp_path / "labels" / "labels.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "labels" / "labels.jsonl").write_bytes(b"".join(lines[:-1]))
    assert main([str(run)]) == 2
    assert "since this run began there is another counts, labels_sha256, pictures" in result(run)["message"]


def test_labels_that_teach_nothing_are_refused(material: Path, tmp_path: Path) -> None:
    (tmp_path / "labels" / "pictures").mkdir(parents=True)
    (tmp_path / "labels" / "labels.jsonl").write_bytes(b"")
    run = asked(tmp_path / "run", material, labels=str(tmp_path / "labels"))
    assert main([str(run)]) == 2
    assert result(run)["message"] == "none of the 0 labels teaches anything"
    assert result(run)["code"] == "bad-training-labels"


@pytest.mark.parametrize("kept", ["not_a_logo", "logo"])
def test_one_label_of_either_kind_is_enough_to_learn(material: Path, tmp_path: Path, kept: str) -> None:
    shutil.copytree(material / "labels", tmp_path / "labels")
    lines = (tmp_path / "labels" / "labels.jsonl").read_bytes().splitlines(keepends=True)
    wanted = next(line for line in lines if f'"category":"{kept}"'.encode() in line)
    (tmp_path / "labels" / "labels.jsonl").write_bytes(wanted)
    run = asked(tmp_path / "run", material, labels=str(tmp_path / "labels"))
    assert main([str(run), "--until", "finetune"]) == 0
    told = json.loads((run / "finetune.json").read_text(encoding="utf-8"))["embedder"]
    assert told["trained"]
    assert told["labelled"] + told["negatives"] >= 1


def test_one_word_against_a_sure_champion_teaches_nothing(material: Path, tmp_path: Path) -> None:
    shutil.copytree(material / "labels", tmp_path / "labels")
    images = read_lines((tmp_path / "labels" / "labels.jsonl").read_bytes())
    denied = [
        dataclasses.replace(label, category="not_a_logo", mark_id=None, holder=None, strength="weak")
        for image in images
        for label in image.labels
    ]
    named = iter(denied)
    turned = [dataclasses.replace(image, labels=tuple(next(named) for _ in image.labels)) for image in images]
    (tmp_path / "labels" / "labels.jsonl").write_bytes(write_lines(turned))
    run = asked(tmp_path / "run", material, labels=str(tmp_path / "labels"))
    assert main([str(run), "--until", "finetune"]) == 0
    told = json.loads((run / "finetune.json").read_text(encoding="utf-8"))["embedder"]
    assert told["contested"] >= 1
    assert told["negatives"] + told["contested"] == len(denied)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: told["config"].update(preprocessing={"layout": "nchw"}), "layout"),
        (lambda told: told.update(role="detector"), "role is 'detector', expected 'embedder'"),
        (lambda told: told["config"].pop("calibration"), "config lacks or misstates 'calibration'"),
    ],
)
def test_another_kind_of_champion_is_refused(material: Path, tmp_path: Path, change: Any, message: str) -> None:
    shutil.copytree(MODELS, tmp_path / "models")
    path = tmp_path / "models" / "embedder-5" / "bundle.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    change(told)
    path.write_text(json.dumps(told), encoding="utf-8")
    run = asked(tmp_path / "run", material, champion=str(tmp_path / "models"))
    assert main([str(run)]) == 2
    assert message in result(run)["message"]


def test_a_labelled_picture_in_the_golden_set_is_a_leak(material: Path, tmp_path: Path) -> None:
    golden = tmp_path / "golden"
    golden.mkdir()
    picture = sorted((material / "labels" / "pictures").iterdir())[0]
    shutil.copy(picture, golden / "one.jpg")
    image = {"id": 1, "file_name": "one.jpg", "width": 560, "height": 420, "marks": [], "boxes_complete": True}
    (golden / "annotations.json").write_text(json.dumps({"images": [image], "annotations": [], "categories": []}))
    run = asked(tmp_path / "run", material, golden=str(golden))
    assert main([str(run)]) == 2
    assert "1 labelled pictures are in the golden set" in result(run)["message"]


def test_a_poisoned_mark_is_refused_whatever_the_others_gain(whole: Path, material: Path, tmp_path: Path) -> None:
    run = tmp_path / "poisoned"
    shutil.copytree(whole, run)
    for name in ("gates.json", "candidate.json", "result.json"):
        (run / name).unlink()
    told = json.loads((run / "evaluation.json").read_text(encoding="utf-8"))
    told["marks"]["druvalo"] = {"n": 40, "champion": 36, "candidate": 4, "lost": 32, "gained": 0, "loss": 0.8}
    told["marks"]["druvalo"] |= {"low": 0.7, "high": 0.8}
    (run / "evaluation.json").write_text(json.dumps(told), encoding="utf-8")
    assert main([str(run)]) == 3
    assert "druvalo loses 0.800" in result(run)["message"]
    assert (run / "candidate" / "current.toml").exists()  # kept, to be looked at
    assert "**refused**: marks.druvalo" in (run / "candidate" / "card.md").read_text(encoding="utf-8")


def test_two_processes_train_together(material: Path, tmp_path: Path) -> None:
    run = asked(tmp_path / "two", material)
    (tmp_path / "child.py").write_text(CHILD, encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0"]
    command += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = subprocess.run(  # noqa: S603 - our own
        [*command, str(tmp_path / "child.py"), str(run), "--until", "finetune"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        timeout=200,
        check=False,
    )
    assert process.returncode == 0, process.stderr.decode()[-3000:]
    assert json.loads((run / "finetune.json").read_text(encoding="utf-8"))["embedder"]["steps"] == 20
    assert np.isfinite(torch.load(run / "embedder.pt", weights_only=True)["proxies"].numpy()).all()
