"""Training artwork: held-out rows never come through, and a spoilt cache or drawing stops nothing."""

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest

from datasets import training_artwork
from datasets.training_artwork import TrainingArtwork, load_training_artwork
from inference.artwork.raster_cache import RasterCache
from inference.artwork.rasterise import rasterise

COLUMNS = ("mark_id", "title", "holder", "file", "split")


def svg(colour: str, width: int = 40, height: int = 20) -> str:
    box = f'viewBox="0 0 {width} {height}"'
    shape = f'<rect width="{width}" height="{height}" fill="{colour}"/>'
    stripe = "" if colour == "none" else f'<rect y="{0.9 * height}" width="{width}" height="{height}" fill="#880"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{shape}{stripe}</svg>'  # with a stripe it is not blank


def write_table(folder: Path, *rows: tuple[str, str, str]) -> Path:
    """A table of (mark_id, content of the file, split)."""
    table = folder / "artwork.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for index, (mark, content, split) in enumerate(rows):
            (folder / f"{index}.svg").write_text(content, encoding="utf-8")
            writer.writerow([mark, mark, f"{mark} plc", f"{index}.svg", split])
    return table


def load(table: Path, longest: int = 64) -> list[TrainingArtwork]:
    return load_training_artwork(table, cache=table.parent / "cache", longest=longest)


def test_held_out_rows_are_never_returned(tmp_path: Path) -> None:
    rows = [("red", "#f00", "train"), ("secret", "#00f", "held_out"), ("red", "#0f0", "train")]
    rows += [("both", "#ff0", "train"), ("both", "#00f", "held_out"), ("unknown", "#00f", ""), ("odd", "#00f", "Train")]
    table = write_table(tmp_path, *((mark, svg(colour), split) for mark, colour, split in rows))
    for _ in ("drawn", "from the cache"):
        artwork = load(table)
        assert [item.mark_id for item in artwork] == ["red", "red", "both"]
        assert [item.holder for item in artwork] == ["red plc", "red plc", "both plc"]
        for item in artwork:
            assert item.picture[..., 2].max() < 20  # everything blue is held out
        colours = [tuple(item.picture[10, 10]) for item in artwork]
        assert colours == [(255, 0, 0, 255), (0, 255, 0, 255), (255, 255, 0, 255)]


def test_pictures_have_the_asked_longest_side_and_their_proportions(tmp_path: Path) -> None:
    table = write_table(tmp_path, ("wide", svg("#123", 400, 100), "train"), ("high", svg("#123", 1, 500), "train"))
    assert [item.picture.shape for item in load(table, 48)] == [(12, 48, 4), (48, 1, 4)]
    assert [item.picture.shape for item in load(table, 96)] == [(24, 96, 4), (96, 1, 4)]  # the same cache
    assert all(item.picture.dtype == np.uint8 for item in load(table, 96))


def test_what_cannot_be_drawn_is_left_out_and_the_rest_keeps_its_names(tmp_path: Path) -> None:
    table = write_table(
        tmp_path,
        ("broken", "<svg", "train"),
        ("red", svg("#f00"), "train"),
        ("invisible", svg("none"), "train"),
        ("green", svg("#0f0"), "train"),
    )
    for _ in ("drawn", "from the cache"):
        artwork = load(table)
        assert [(item.mark_id, tuple(item.picture[5, 5])) for item in artwork] == [
            ("red", (255, 0, 0, 255)),
            ("green", (0, 255, 0, 255)),
        ]


@pytest.mark.parametrize("rows", [[], [("secret", svg("#f00"), "held_out")], [("broken", "<svg", "train")]])
def test_without_usable_rows_there_is_no_artwork(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    table = write_table(tmp_path, *rows)
    assert load(table) == []
    assert load(table) == []


def test_a_drawing_that_changed_is_drawn_anew(tmp_path: Path) -> None:
    table = write_table(tmp_path, ("red", svg("#f00"), "train"))
    assert tuple(load(table)[0].picture[5, 5]) == (255, 0, 0, 255)
    table = write_table(tmp_path, ("red", svg("#0f0f0f"), "train"))
    assert tuple(load(table)[0].picture[5, 5]) == (15, 15, 15, 255)


def test_drawings_by_other_processes_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = [svg(f"#{index:02x}8080", 40 + index) for index in range(6)]
    table = write_table(tmp_path, *((f"m{i}", "<svg" if i == 3 else text, "train") for i, text in enumerate(content)))
    here = load_training_artwork(table, cache=tmp_path / "here", longest=64)
    monkeypatch.setattr(training_artwork, "FEW", 1)
    there = load_training_artwork(table, cache=tmp_path / "there", longest=64)
    assert [item.mark_id for item in there] == ["m0", "m1", "m2", "m4", "m5"]
    for one, other in zip(here, there, strict=True):
        assert one.mark_id == other.mark_id
        np.testing.assert_array_equal(one.picture, other.picture)
    assert len(kept(tmp_path / "here")) == len(kept(tmp_path / "there")) == 5


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_the_registry_has_drawn_is_not_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = write_table(tmp_path, ("red", svg("#f00"), "train"), ("new", svg("#0f0"), "train"))
    data = (tmp_path / "0.svg").read_bytes()
    RasterCache(tmp_path / "cache", rasterise).drawn(data, hashlib.sha256(data).hexdigest(), name="0.svg")
    drawn: list[str] = []
    monkeypatch.setattr(
        RasterCache, "drawn", lambda self, data, sha256, *, name: drawn.append(name) or rasterise(data, name=name)
    )
    assert [item.mark_id for item in load(table)] == ["red", "new"]
    assert drawn == ["1.svg"]


def test_a_cached_picture_cut_short_is_drawn_anew(tmp_path: Path) -> None:
    table = write_table(tmp_path, ("red", svg("#f00"), "train"), ("green", svg("#0f0"), "train"))
    first = load(table)
    for file in kept(tmp_path / "cache"):
        file.write_bytes(file.read_bytes()[:60])
    for one, other in zip(first, load(table), strict=True):
        np.testing.assert_array_equal(one.picture, other.picture)


def test_a_full_disk_is_said_and_leaves_no_half_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = write_table(tmp_path, ("red", svg("#f00"), "train"))

    def full_disk(self: Path, target: Path) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full_disk)
        with pytest.raises(OSError, match="no space"):
            load(table)
    assert kept(tmp_path / "cache") == []
    assert [item.mark_id for item in load(table)] == ["red"]
