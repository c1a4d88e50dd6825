"""The registry's table: every kind of bad row with its line and reason, then good ones."""

from pathlib import Path

import pytest

from inference.artwork.table import ArtworkRow, read_table
from inference.errors import BadRegistryTable

HEADING = "mark_id,title,holder,file,source,licence,variant,colour,split\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outside.svg").write_text("<svg/>")
    folder = tmp_path / "registry"
    (folder / "art").mkdir(parents=True)
    (folder / "art" / "a.svg").write_text("<svg/>")
    (folder / "link.svg").symlink_to(tmp_path / "outside.svg")
    (folder / "near.svg").symlink_to(folder / "art" / "a.svg")
    (folder / "circle.svg").symlink_to(folder / "circle.svg")
    return folder


def read(folder: Path, text: str | bytes) -> tuple[list[ArtworkRow], list[tuple[int, str]]]:
    path = folder / "artwork.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    rows, bad = read_table(path)
    return rows, [(row.line, row.reason) for row in bad]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",T,H,art/a.svg,,,,,", "mark_id is blank"),
        ("m,  ,H,art/a.svg,,,,,", "title is blank"),
        ("m,T,\t,art/a.svg,,,,,", "holder is blank"),
        ("m,T,H,,,,,,", "file is blank"),
        ("m,T,H,../outside.svg,,,,,", "file '../outside.svg' lies outside the table's folder"),
        ("m,T,H,art/../../outside.svg,,,,,", "lies outside"),
        ("m,T,H,/etc/passwd,,,,,", "absolute path"),
        ("m,T,H,link.svg,,,,,", "file 'link.svg' lies outside the table's folder"),
        ("m,T,H,circle.svg,,,,,", "circle.svg"),
        ("m,T,H,gone.svg,,,,,", "file 'gone.svg' does not exist"),
        ("m,T,H,art,,,,,", "file 'art' does not exist"),
        (f"m,T,H,{'x' * 5000},,,,,", "xxx"),
        (f"m,{'x' * 10_001},H,art/a.svg,,,,,", "title has 10,001 characters; at most 10,000"),
        ("m,T,H,art/a.svg,,,hologram,,", "variant is 'hologram', expected one of artwork, symbol, wordmark, photo"),
        ("m,T,H,art/a.svg,,,,maybe,", "colour is 'maybe', expected True or False"),
        ("m,T,H,art/a.svg", "the row has 4 cells, expected 9"),
        ("m,T,H,art/a.svg,,,,,,,", "the row has 11 cells, expected 9"),
        (",,,,,,,,", "the row is empty"),
        ("", "the row is empty"),
        ("ok,T,Other,art/a.svg,,,,,", "mark 'ok' has the holder 'Other', but 'H' in an earlier row"),
    ],
)
def test_a_bad_row_is_listed_with_its_line_and_the_others_are_read(folder: Path, row: str, reason: str) -> None:
    rows, bad = read(folder, f"{HEADING}ok,T,H,art/a.svg,,,,,\n{row}\nlast,T,H,near.svg,,,,,\n")
    assert [r.mark_id for r in rows] == ["ok", "last"]
    assert [line for line, _ in bad] == [3]
    assert reason in bad[0][1]


def test_bytes_that_are_not_utf_8_are_a_bad_row(folder: Path) -> None:
    rows, bad = read(folder, HEADING.encode() + b"m,Caf\xe9,H,art/a.svg,,,,,\nn,Caf\xc3\xa9,H,art/a.svg,,,,,\n")
    assert bad == [(2, "title is not UTF-8")]
    assert rows[0].title == "Café"


def test_a_nul_in_a_path_is_a_bad_row(folder: Path) -> None:
    _, bad = read(folder, HEADING + "m,T,H,art/a.svg\0,,,,,\n")
    assert bad[0][0] == 2
    assert "not a usable path" in bad[0][1]


def test_lines_are_counted_through_quoted_line_breaks(folder: Path) -> None:
    rows, bad = read(folder, HEADING + 'm,"two\nlines",H,art/a.svg,,,,,\n,T,H,art/a.svg,,,,,\n')
    assert [row.line for row in rows] == [2]
    assert bad == [(4, "mark_id is blank")]


def test_a_bad_row_does_not_fix_the_holder_of_its_mark(folder: Path) -> None:
    rows, bad = read(folder, HEADING + "m,T,Wrong,gone.svg,,,,,\nm,T,Right,art/a.svg,,,,,\n")
    assert [row.holder for row in rows] == ["Right"]
    assert [line for line, _ in bad] == [2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "lacks column(s) 'mark_id', 'title', 'holder', 'file'"),
        ("mark_id,title,holder\n", "lacks column(s) 'file'"),
        ("mark_id,title,holder,file,colr\n", "has unknown column(s) 'colr'"),
        ("mark_id,title,holder,file,file\n", "has twice column(s) 'file'"),
        (HEADING + 'm,"never closed', "is no CSV from line 2 on"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(folder: Path, text: str, words: str) -> None:
    with pytest.raises(BadRegistryTable) as caught:
        read(folder, text)
    assert words in caught.value.detail
    assert "artwork.csv" in caught.value.detail


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRegistryTable, match=r"none\.csv cannot be read: No such file"):
        read_table(tmp_path / "none.csv")


def test_four_columns_are_enough_in_any_order_and_with_a_byte_order_mark(folder: Path) -> None:
    rows, bad = read(folder, "\ufefffile,holder,title,mark_id\r\nart/a.svg,H,T,m\r\n")
    assert bad == []
    file = (folder / "art" / "a.svg").resolve()
    assert rows == [ArtworkRow(line=2, mark_id="m", title="T", holder="H", file=file)]


def test_every_column_is_read(folder: Path) -> None:
    rows, _ = read(folder, HEADING + "m, T ,H,art/a.svg,own,CC0,wordmark,True,held_out\n")
    row = rows[0]
    assert (row.title, row.source, row.licence) == ("T", "own", "CC0")
    assert (row.variant, row.colour, row.split) == ("wordmark", True, "held_out")
    assert row.file.is_absolute()
