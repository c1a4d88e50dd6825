"""The page about the figures: what is between its markers is replaced, and nothing else."""

from pathlib import Path

import pytest

from training.bench.figures import SHARE, Figure, missing, timing, write
from training.recognition.document import BEGIN, END, as_markdown, filled, main

FIGURES = [
    Figure(name="crops_top1", value=0.5, unit=SHARE, n=10, low=0.2366, high=0.7634),
    timing("photo_1080p_ms", [100.0, 200.0, 300.0], whole=10.0, of="time to decode the same JPEG"),
    missing("ece", SHARE, "nothing | was\nseen"),
]


def test_the_table_says_values_intervals_and_reasons() -> None:
    lines = as_markdown(FIGURES).splitlines()
    assert lines[0] == "| figure | value | 95 % interval | p95 | unit | n | remark |"
    assert lines[1] == "| --- | ---: | ---: | ---: | --- | ---: | --- |"
    assert lines[2] == "| `crops_top1` | 0.500 | 0.237 – 0.763 |  | share | 10 |  |"
    assert (
        lines[3] == "| `photo_1080p_ms` | 200.00 |  | 290.00 | ms | 3 | 20.00 times the time to decode the same JPEG |"  # noqa: E501
    )
    assert lines[4] == "| `ece` | – |  |  | share | 0 | not measured: nothing \\| was seen |"


def test_only_the_part_between_the_markers_changes() -> None:
    page = f"# Title\n{BEGIN}\nold\n{END}\nrest\n"
    once = filled(page, "new\n")
    assert once == f"# Title\n{BEGIN}\n\nnew\n\n{END}\nrest\n"
    assert filled(once, "new\n") == once


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{END}", f"{BEGIN}{BEGIN}{END}"])
def test_a_page_without_its_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="figures: begin"):
        filled(page, "new")


def test_the_command_rewrites_the_page(tmp_path: Path) -> None:
    write(FIGURES, tmp_path / "figures.jsonl")
    page = tmp_path / "page.md"
    page.write_text(f"before {BEGIN} {END} after", encoding="utf-8")
    assert main(["--figures", str(tmp_path / "figures.jsonl"), "--page", str(page)]) == 0
    assert page.read_text(encoding="utf-8").startswith("before ")
    assert as_markdown(FIGURES) in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [None, "", "{}", "[1]", '{"name": "a"', '{"name": "a", "sheep": 1}'])
def test_without_figures_the_page_stays_as_it_is(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "figures.jsonl").write_text(content)
    page = tmp_path / "page.md"
    page.write_text(f"{BEGIN}{END}")
    assert main(["--figures", str(tmp_path / "figures.jsonl"), "--page", str(page)]) == 2
    assert page.read_text() == f"{BEGIN}{END}"
    assert capsys.readouterr().err.strip()


def test_the_shipped_page_has_its_markers() -> None:
    page = Path(__file__).parents[4] / "docs" / "benchmarks" / "recognition.md"
    assert "| `ece` | – |" in filled(page.read_text(encoding="utf-8"), as_markdown(FIGURES))
