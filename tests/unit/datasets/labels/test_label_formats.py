"""Every format: what is written is read exactly, and equal records give equal files."""

import struct
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from datasets.labels.errors import BadLabels
from datasets.labels.formats.known import FORMATS
from datasets.labels.records import LabelledImage
from tests.unit.datasets.labels.label_records import image, label, label_sets

LOSSLESS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FOREIGN = [name for name in FORMATS if name != "lines"]


def bits(images: tuple[LabelledImage, ...]) -> list[bytes]:
    return [struct.pack("<4d", *one.box) for each in images for one in each.labels]


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", FORMATS)
@LOSSLESS
@given(images=label_sets())
def test_all_of_a_record_comes_back_bit_for_bit(name: str, images: tuple[LabelledImage, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        FORMATS[name].write(images, Path(folder))
        remarks: list[str] = []
        again = FORMATS[name].read(Path(folder), remarks=remarks)
    assert again == images
    assert bits(again) == bits(images)
    assert remarks == []


@pytest.mark.parametrize("name", FORMATS)
def test_equal_records_give_equal_files(name: str, tmp_path: Path) -> None:
    whole = label(box=(1, 2, 3, 4)), label("l2", ignore=True), label("l3", category="not_a_logo", mark_id=None)
    floats = label(box=(1.0, 2.0, 3.0, 4.0)), *whole[1:]
    FORMATS[name].write([image("a", *whole), image("b/c")], tmp_path / "1")
    FORMATS[name].write([image("a", *floats), image("b/c")], tmp_path / "2")
    assert files_of(tmp_path / "1") == files_of(tmp_path / "2")


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_with_something_in_it_is_not_written_to(name: str, tmp_path: Path) -> None:
    (tmp_path / "old.txt").touch()
    with pytest.raises(BadLabels, match="it is not empty"):
        FORMATS[name].write([image("a")], tmp_path)


@pytest.mark.parametrize("name", FORMATS)
def test_what_cannot_be_used_is_not_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadLabels, match="is outside the picture of 100x50"):
        FORMATS[name].write([image("a", label(box=(0.0, 0.0, 101.0, 5.0)))], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_missing_or_too_large_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadLabels, match=r"nothing.*(cannot be read|no such folder)"):
        FORMATS[name].read(tmp_path / "nothing")
    FORMATS[name].write([image("a", label())], tmp_path / "out")
    monkeypatch.setattr("datasets.labels.formats.files.LARGEST", 10)
    with pytest.raises(BadLabels, match=r"bytes; at most 10 bytes are read"):
        FORMATS[name].read(tmp_path / "out")


@pytest.mark.parametrize("name", FOREIGN)
def test_a_record_that_was_broken_in_the_file_is_named(name: str, tmp_path: Path) -> None:
    FORMATS[name].write([image("a", label(strength="gold"))], tmp_path)
    broken = 0
    for path in tmp_path.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        broken += text.count("gold")
        path.write_text(text.replace("gold", "lead"), encoding="utf-8")
    assert broken == 1
    with pytest.raises(BadLabels, match="strength: expected one of gold, strong, weak, got 'lead'"):
        FORMATS[name].read(tmp_path)


@pytest.mark.parametrize("name", FOREIGN)
def test_what_a_label_is_called_elsewhere_survives(name: str, tmp_path: Path) -> None:
    """A class of another tool is written under its own name, so that it goes back as it came."""
    other = label(mark_id=None, provenance=(("class", "acme shoes"),))
    FORMATS[name].write([image("a", other)], tmp_path)
    assert any(b"acme shoes" in data for data in files_of(tmp_path).values())
    assert FORMATS[name].read(tmp_path) == (image("a", other),)
