"""Making versions by the command line: what is left out has a reason, what is wrong stops it, what is there stays."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from version_records import drawn, image, label, written

from datasets.labels.lines import read_lines, write_lines
from datasets.labels.records import LabelledImage
from datasets.versions import __main__ as command
from datasets.versions import exporting, origin
from datasets.versions.errors import BadVersion, NotRedacted
from datasets.versions.exporting import Exporter
from datasets.versions.licences import load_licences
from datasets.versions.making import Order, make
from datasets.versions.manifest import Manifest, read, verify


def parcels(folder: Path, count: int, first: int = 0, **changes: object) -> list[LabelledImage]:
    """Pictures of different parcels and senders."""
    numbers = range(first, first + count)
    return [
        written(
            folder / "pictures",
            f"i{n:03}",
            drawn(n),
            parcel=f"p{n}",
            consignor=f"c{n}",
            labels=(label(f"l{n}"),),
            **changes,
        )
        for n in numbers
    ]


def labelled(folder: Path, images: list[LabelledImage]) -> tuple[str, str]:
    """Write `labels.jsonl`; returns the first two arguments of `make`."""
    (folder / "labels.jsonl").write_bytes(write_lines(images))
    return str(folder / "labels.jsonl"), str(folder / "pictures")


def order(**changes: object) -> Order:
    return Order(
        **{"seed": 7, "licences": load_licences(), "created_at": "2026-12-01T00:00:00+00:00", "commit": "", **changes}
    )


def run(*arguments: object) -> int:
    return command.main([str(argument) for argument in arguments])


def test_made_verified_described_compared_and_without_leaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = parcels(tmp_path, 30)
    (tmp_path / "said.json").write_text('{"caps": ["20 %"], "excluded": [{"what": "officer x", "reason": "flips"}]}')
    assert run("make", *labelled(tmp_path, images), tmp_path / "v1", "--collected", tmp_path / "said.json") == 0
    made = read(tmp_path / "v1")
    assert capsys.readouterr().out == f"{made.id}\n"
    assert run("verify", tmp_path / "v1", "--id", made.id) == 0
    assert run("leaks", tmp_path / "v1") == 0
    capsys.readouterr()
    assert run("card", tmp_path / "v1") == 0
    assert capsys.readouterr().out == (tmp_path / "v1" / "card.md").read_text("utf-8")
    assert [one.reason for one in made.exclusions] == ["flips"]
    assert read_lines((tmp_path / "v1" / "labels.jsonl").read_bytes()) == tuple(images)

    more = [*images, *parcels(tmp_path, 30, 30)]
    assert run("make", *labelled(tmp_path, more), tmp_path / "v2", "--parent", tmp_path / "v1") == 0
    capsys.readouterr()
    assert run("diff", tmp_path / "v1", tmp_path / "v2", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["images_added"]) == 30
    assert run("diff", tmp_path / "v1", tmp_path / "v2") == 0
    assert "## Pictures added: 30" in capsys.readouterr().out
    after = read(tmp_path / "v2")
    assert after.parent == made.id
    before = {entry.image.image_id: entry.split for entry in made.images}
    assert {entry.image.image_id: entry.split for entry in after.images if entry.image.image_id in before} == before


def test_the_same_set_gives_the_same_version(tmp_path: Path) -> None:
    images = parcels(tmp_path, 8)
    made = [
        make(given, tmp_path / "pictures", tmp_path / name, order())
        for name, given in (("a", images), ("b", images[::-1]))
    ]
    assert made[0].id == made[1].id
    assert (tmp_path / "a" / "manifest.json").read_bytes() == (tmp_path / "b" / "manifest.json").read_bytes()


def test_what_may_not_be_learnt_from_is_left_out_with_the_reason(tmp_path: Path) -> None:
    images = [
        *parcels(tmp_path, 3),
        *parcels(tmp_path, 1, 3, licence=""),
        *parcels(tmp_path, 1, 4, licence="CC-BY-NC-4.0"),
    ]
    (tmp_path / "pictures" / "i005.png").write_bytes(b"no picture")
    broken = image("i005", sha256=hashlib.sha256(b"no picture").hexdigest())
    made = make([*images, broken], tmp_path / "pictures", tmp_path / "v1", order())
    assert [entry.image.image_id for entry in made.images] == ["i000", "i001", "i002"]
    said = {one.what: one.reason for one in made.exclusions}
    assert said["image i003"] == "no licence is stated"
    assert said["image i004"].startswith("licence 'CC-BY-NC-4.0': not for commercial use")
    assert said["image i005"].startswith(
        "The bytes are not an image of a supported type. i005.png is of an unknown type"
    )


def test_all_pictures_that_are_wrong_are_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = parcels(tmp_path, 4)
    (tmp_path / "pictures" / "i000.png").unlink()
    (tmp_path / "pictures" / "i001.png").write_bytes(b"another one")
    smaller = written(tmp_path / "pictures", "i002", drawn(2), width=200)
    assert run("make", *labelled(tmp_path, [*images[:2], smaller, images[3]]), tmp_path / "v1") == 1
    text = capsys.readouterr().err
    assert "image i000: i000.png cannot be read: No such file or directory" in text
    assert "image i001: i001.png is not the picture that was labelled" in text
    assert "image i002: i002.png has 96x64 pixels, but its labels are for 200x64" in text
    assert "i003" not in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.jsonl", "pictures"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["make", "none.jsonl", "pictures", "v9"], "none.jsonl cannot be read: No such file"),
        (["make", "empty.jsonl", "pictures", "v9"], "No picture is left to learn from. there are no labels"),
        (["make", "labels.jsonl", "pictures", "v1"], "A dataset version is never overwritten."),
        (["make", "labels.jsonl", "pictures", "v9", "--parent", "v1", "--seed", "8"], "the seed is 8"),
        (["make", "labels.jsonl", "pictures", "v9", "--parent", "pictures"], "manifest.json cannot be read"),
        (["make", "bad.jsonl", "pictures", "v9"], "line 1"),
        (["verify", "pictures"], "manifest.json cannot be read"),
        (["verify", "v1", "--id", "0"], "expected 0"),
        (["diff", "v1", "pictures"], "manifest.json cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    images = parcels(tmp_path, 2)
    labelled(tmp_path, images)
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "bad.jsonl").write_bytes(b'{"image_id": 1}\n')
    make(images, tmp_path / "pictures", tmp_path / "v1", order())
    assert run(*arguments) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "v9").exists()


def test_leaks_that_somebody_made_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = [
        written(tmp_path / "pictures", name, picture, consignor="x")
        for name, picture in (("a", drawn(1)), ("b", drawn(1)[1:]), ("c", drawn(2)))
    ]
    made = make(images, tmp_path / "pictures", tmp_path / "v1", order(alike=2.0))
    assert made.divided == ("x",)
    apart = next(
        seed
        for seed in range(99)
        if len({one.split for one in _with_seed(images, tmp_path, seed).images if one.file in ("a.png", "b.png")}) == 2
    )
    assert run("leaks", tmp_path / f"s{apart}") == 1
    assert "nearly the same picture" in capsys.readouterr().err


def _with_seed(images: list[LabelledImage], folder: Path, seed: int) -> Manifest:
    return make(images, folder / "pictures", folder / f"s{seed}", order(seed=seed, alike=2.0))


def only(seen: object, keep: object, words: object) -> object:
    """Stands for the redaction: the first picture stays legible, all others become dark."""
    if seen.tobytes() == drawn(0)[..., ::-1].tobytes():
        raise NotRedacted("something can still be read at 1 places", field="image")
    return seen // 2


def test_redacted_versions_have_other_pictures_and_know_from_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = parcels(tmp_path, 6)
    monkeypatch.setattr(command, "load_exporter", lambda: Exporter(words=None, redact=only))
    assert run("make", *labelled(tmp_path, images), tmp_path / "v1", "--redact") == 0
    made = read(tmp_path / "v1")
    assert verify(tmp_path / "v1") == []
    assert made.blurred
    assert [one.what for one in made.exclusions] == ["image i000"]
    assert "i000.png: something can still be read" in made.exclusions[0].reason
    assert [entry.made_from for entry in made.images] == [one.sha256 for one in images[1:]]
    assert not {entry.sha256 for entry in made.images} & {one.sha256 for one in images}
    clear = make(images[1:], tmp_path / "pictures", tmp_path / "v2", order(parent=made))
    assert [entry.split for entry in clear.images] == [entry.split for entry in made.images]


def test_a_folder_is_redacted_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    images = parcels(folder, 3)
    labelled(folder, images)
    (folder / "more.txt").write_text("stays", encoding="utf-8")
    monkeypatch.setattr(command, "load_exporter", lambda: Exporter(words=None, redact=only))
    assert run("redact", folder) == 0
    kept = read_lines((folder / "labels.jsonl").read_bytes())
    assert [one.image_id for one in kept] == ["i001", "i002"]
    assert sorted(path.name for path in folder.iterdir()) == ["labels.jsonl", "more.txt", "pictures"]
    assert sorted(path.name for path in (folder / "pictures").iterdir()) == ["i001.png", "i002.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert run("make", folder / "labels.jsonl", folder / "pictures", tmp_path / "v1") == 0


def test_a_folder_that_cannot_be_redacted_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    images = parcels(folder, 1)
    labelled(folder, images)
    before = (folder / "labels.jsonl").read_bytes()
    monkeypatch.setattr(command, "load_exporter", lambda: Exporter(words=None, redact=only))
    assert run("redact", folder) == 1
    assert (folder / "labels.jsonl").read_bytes() == before
    assert (folder / "pictures" / "i000.png").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_scans_keep_what_their_scanner_said(tmp_path: Path) -> None:
    scan = written(tmp_path / "pictures", "s", drawn(1), modality="xray")
    (tmp_path / "pictures" / "s.xray.json").write_bytes(b"{}")
    make([scan], tmp_path / "pictures", tmp_path / "v1", order(), exporter=Exporter(words=None, redact=only))
    assert (tmp_path / "v1" / "pictures" / "s.xray.json").read_bytes() == b"{}"
    assert verify(tmp_path / "v1") == []


def test_names_that_leave_the_folder_are_refused(tmp_path: Path) -> None:
    outside = written(tmp_path, "a", drawn(1), file_name="../a.png")
    with pytest.raises(BadVersion, match=r"'\.\./a\.png' leaves its folder"):
        make([outside], tmp_path / "pictures", tmp_path / "v1", order())


def test_the_origin_is_told_where_it_is_known(tmp_path: Path) -> None:
    assert origin.commit(tmp_path) == ""
    assert dict(origin.tools())["numpy"]
    assert exporting.HIDDEN < 1


def test_it_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "datasets.versions", "--help"], capture_output=True, check=True)  # noqa: S603
    assert b"make" in done.stdout
