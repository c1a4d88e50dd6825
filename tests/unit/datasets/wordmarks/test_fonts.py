"""Fonts: only what can be read, and only letters that are really there."""

from pathlib import Path
from string import ascii_letters

import pytest

from datasets.wordmarks.errors import NoFonts
from datasets.wordmarks.fonts import find_fonts
from inference.errors import UnreadableFont
from tests.unit.datasets.wordmarks.typefaces import two_fonts, write_font


@pytest.mark.parametrize("data", [b"", b"not a font", b"\0\1\0\0" + bytes(400), b"wOF2" + bytes(60)])
@pytest.mark.parametrize("name", ["broken.ttf", "broken.OTF", "broken.woff2"])
def test_an_unreadable_font_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    write_font(tmp_path / "good.ttf")
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UnreadableFont, match=name):
        find_fonts([tmp_path])


def test_a_font_cut_short_is_unreadable_or_lacks_letters_but_never_fails_later(tmp_path: Path) -> None:
    write_font(tmp_path / "whole.ttf")
    whole = (tmp_path / "whole.ttf").read_bytes()
    refused = 0
    for share in range(5, 100, 5):
        (tmp_path / str(share)).mkdir()
        (tmp_path / str(share) / "cut.ttf").write_bytes(whole[: len(whole) * share // 100])
        try:
            font = find_fonts([tmp_path / str(share)])[0]
        except UnreadableFont as error:
            assert "cut.ttf" in str(error)  # noqa: PT017  (either outcome is right)
            refused += 1
            continue
        for letter in ascii_letters:
            if font.has(letter):
                font.face.getmask(letter, stroke_width=3)
    assert refused > 0


def test_a_folder_without_fonts_says_so(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("no font")
    with pytest.raises(NoFonts, match=r"no fonts \(\.ttf, \.otf, \.ttc, \.woff, \.woff2\) in"):
        find_fonts([tmp_path])
    with pytest.raises(NoFonts, match="there is no folder"):
        find_fonts([tmp_path / "nowhere"])
    with pytest.raises(NoFonts, match="there is no folder"):
        find_fonts([tmp_path / "readme.txt"])


def test_fonts_are_found_in_folders_within_in_order(tmp_path: Path) -> None:
    for name in ("b/z.ttf", "b/a.ttf", "a.TTF"):
        write_font(tmp_path / name)
    found = find_fonts([tmp_path])
    assert [str(font.path.relative_to(tmp_path)) for font in found] == ["a.TTF", "b/a.ttf", "b/z.ttf"]


@pytest.mark.parametrize(
    ("letters", "there"),
    [
        ("", True),
        ("Word", True),
        ("Two words", True),
        ("слово", False),
        ("Wordж", False),
        ("\ufffe", False),
        ("カ", False),
    ],
)
def test_a_font_has_only_letters_with_a_glyph_of_their_own(tmp_path: Path, letters: str, there: bool) -> None:
    assert two_fonts(tmp_path)[0].has(letters) is there
