"""A font for tests: the one that Pillow carries. Latin letters only."""

from io import BytesIO
from pathlib import Path

from PIL import ImageFont

from datasets.wordmarks.fonts import Font, find_fonts


def write_font(path: Path) -> None:
    face = ImageFont.load_default(12)
    assert isinstance(face, ImageFont.FreeTypeFont)
    assert isinstance(face.path, BytesIO)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(face.path.getvalue())


def two_fonts(folder: Path) -> list[Font]:
    """The same face twice: two files are two fonts."""
    for name in ("a.ttf", "b.otf"):
        write_font(folder / name)
    return find_fonts([folder])
