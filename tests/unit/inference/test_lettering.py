"""Words drawn in plain letters, and words that cannot be."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import ImageFont

from inference.artwork.lettering import Lettering
from inference.artwork.rasterise import rasterise
from inference.errors import UnreadableFont

LETTERING = Lettering()


def size(words: str) -> tuple[int, int]:
    """Width and height of the drawing."""
    data = LETTERING.draw(words)
    assert data is not None
    height, width = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED).shape[:2]
    return width, height


def test_words_are_drawn_black_on_nothing_and_always_alike() -> None:
    data = LETTERING.draw("Kestrel Lantern")
    assert data is not None
    picture = rasterise(data, name="words.png")  # artwork like any other
    inked = picture[picture[..., 3] == 255]
    assert 0.1 < len(inked) / picture[..., 0].size < 0.5
    assert not inked[:, :3].any()
    assert LETTERING.draw("Kestrel Lantern") == data
    assert LETTERING.draw("Kestrel Lanterm") != data


def test_long_words_go_over_lines_and_never_grow_wide() -> None:
    assert size("Kestrel")[1] == size("Kestrel Lantern")[1]
    assert size("The Kestrel Lantern Works of Harbour Town")[1] == 2 * size("Kestrel")[1]
    assert size("W" * 500)[0] == size("W" * 24)[0]


@pytest.mark.parametrize(
    ("words", "plain"), [("Łódź", "Lodz"), ("Nescafé®", "Nescafe"), ("Café", "Cafe"), ("Straße", "Strasse")]
)
def test_latin_letters_that_the_font_lacks_are_drawn_plain(words: str, plain: str) -> None:
    assert LETTERING.draw(words) == LETTERING.draw(plain)


@pytest.mark.parametrize("words", ["华为", "Кестрел", "Kestrel 灯", "", "  ", "!!!", "\x00", "®", "\u200b", "\ud800"])
def test_words_whose_letters_the_font_lacks_are_not_drawn_in_part(words: str) -> None:
    assert LETTERING.draw(words) is None


def test_another_font_may_be_given(tmp_path: Path) -> None:
    own = tmp_path / "own.ttf"
    face = ImageFont.load_default(10)
    assert isinstance(face, ImageFont.FreeTypeFont)
    own.write_bytes(face.font_bytes)
    given = Lettering(own)
    assert given.draw("Kestrel") is not None
    assert given.draw("灯") is None


@pytest.mark.parametrize("content", [None, b"", b"no font", b"\x00\x01\x00\x00" + b"\xff" * 200])
def test_a_file_that_is_no_font_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.ttf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableFont, match="broken.ttf"):
        Lettering(path)


def test_threads_may_draw_at_once() -> None:
    words = [f"Kestrel {n}" for n in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(LETTERING.draw, words)) == [LETTERING.draw(one) for one in words]
