"""`python -m datasets.labels`: convert, check, show."""

from pathlib import Path

import pytest

from datasets.labels.__main__ import main, marks_of
from datasets.labels.errors import BadLabels
from datasets.labels.lines import read_lines, write_lines
from tests.unit.datasets.labels.label_records import image, label

IMAGES = (
    image("a", label(), label("l2", category="not_a_logo", mark_id=None, strength="weak")),
    image("b", label("l3", mark_id="[bold]", ignore=False), complete=True, modality="xray"),
    image("c", label("l4", ignore=True)),
)


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(write_lines(IMAGES))
    return path


def test_there_and_back_through_every_format(lines: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, form = str(lines), "lines"
    for to in ("coco", "yolo", "voc", "cvat", "labelstudio", "lines"):
        assert main(["convert", source, "--from", form, "--to", to, str(tmp_path / to)]) == 0
        source, form = str(tmp_path / to), to
    assert (tmp_path / "lines/labels.jsonl").read_bytes() == lines.read_bytes()
    said = capsys.readouterr()
    assert said.out == ""
    assert "writing yolo into" in said.err
    assert said.err.endswith("3 pictures with 4 labels\n")


def test_what_is_wrong_is_said_and_the_status_is_1(
    lines: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "marks.txt").write_text("tesmarin\n", encoding="utf-8")
    assert main(["check", str(lines), "--marks", str(tmp_path / "marks.txt")]) == 1
    said = capsys.readouterr().err
    assert said.endswith("The labels cannot be used. image 'b', label 'l3': unknown mark '[bold]'\n")
    assert main(["check", str(lines)]) == 0
    assert main(["convert", str(lines), "--to", "coco", str(tmp_path)]) == 1
    assert "it is not empty" in capsys.readouterr().err
    assert main(["check", str(tmp_path / "none.jsonl")]) == 1
    assert "cannot be read: No such file" in capsys.readouterr().err


def test_show_counts(lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(lines)]) == 0
    said = capsys.readouterr().out
    assert "3 pictures (2 photo, 1 xray), 1 complete, 0 without labels" in said
    rows = [[cell.strip() for cell in row.split("│")[1:-1]] for row in said.splitlines() if row.startswith("│")]
    assert ["logo", "2", "0", "0", "2"] in rows
    assert ["not_a_logo", "0", "0", "1", "1"] in rows
    assert ["to be ignored", "1", "0", "0", "1"] in rows
    assert ["[bold]", "1", "0", "0", "1"] in rows


def test_marks_of_a_registry_or_a_list(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("mark_id,title\nm1,A\nm1,B\nm2,C\n", encoding="utf-8")
    (tmp_path / "bad.csv").write_text("id\nm1\n", encoding="utf-8")
    (tmp_path / "m.txt").write_text("m1\n\n m2 \n", encoding="utf-8")
    assert marks_of(tmp_path / "r.csv") == marks_of(tmp_path / "m.txt") == {"m1", "m2"}
    with pytest.raises(BadLabels, match=r"bad\.csv: it has no column mark_id"):
        marks_of(tmp_path / "bad.csv")


def test_written_lines_are_what_other_rooms_read(lines: Path) -> None:
    assert read_lines(lines.read_bytes()) == IMAGES
