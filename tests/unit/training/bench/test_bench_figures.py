"""Figures as they are written and read again, and as people see them."""

import json
from pathlib import Path

import pytest

from training.bench.figures import HEADINGS, SHARE, Figure, amount, as_table, cells, missing, read, timing, write

FIGURES = [
    Figure(name="top1", value=0.5, unit=SHARE, n=4, low=0.15, high=0.85, note="of four"),
    timing("ms", [1.0, 2.0, 3.0], whole=4.0, of="budget of 4 ms"),
    amount("size", 3.0, "MB", limit=6.0),
    missing("ece", SHARE, "there is no photograph"),
]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "figures.jsonl"
    write(FIGURES, path)
    assert read(path) == FIGURES
    assert [file.name for file in path.parent.iterdir()] == ["figures.jsonl"]


def test_a_line_has_what_is_known_and_always_a_value(tmp_path: Path) -> None:
    write(FIGURES, tmp_path / "f.jsonl")
    first, second, _, last = map(json.loads, (tmp_path / "f.jsonl").read_text().splitlines())
    assert first == {
        "name": "top1", "value": 0.5, "unit": "share", "n": 4, "low": 0.15, "high": 0.85, "note": "of four",
    }  # fmt: skip
    assert second == {
        "name": "ms", "value": 2.0, "unit": "ms", "n": 3, "median": 2.0, "p95": 2.9, "ratio": 0.5,
        "ratio_to": "budget of 4 ms",
    }  # fmt: skip
    assert last == {"name": "ece", "value": None, "unit": "share", "n": 0, "why": "there is no photograph"}


def test_a_line_that_is_no_figure_is_named(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    write(FIGURES[:1], path)
    path.write_text(path.read_text() + '{"name": "a", "value": null, "unit": "ms", "n": 0}\n')
    with pytest.raises(ValueError, match=r"line 2 of f\.jsonl is no figure: a: expected a value or a reason"):
        read(path)


def test_a_value_and_a_reason_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="expected a value or a reason"):
        Figure(name="a", value=1.0, unit="ms", n=1, why="not measured")


def test_nothing_timed_is_missing() -> None:
    assert timing("ms", []).why == "nothing was timed"


def test_cells_for_people() -> None:
    assert cells(FIGURES[0]) == ("top1", "0.500", "0.150 – 0.850", "", "share", "4", "of four")
    assert cells(FIGURES[1]) == ("ms", "2.00", "", "2.90", "ms", "3", "0.50 times the budget of 4 ms")
    assert cells(FIGURES[3])[-1] == "not measured: there is no photograph"
    table = as_table(FIGURES, "machine")
    assert (len(table.columns), table.row_count) == (len(HEADINGS), 4)
