"""Fonts out of folders that the user names, and which letters they really have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from datasets.wordmarks.errors import NoFonts
from inference.artwork.glyphs import has_glyph
from inference.errors import UnreadableFont

SUFFIXES = (".ttf", ".otf", ".ttc", ".woff", ".woff2")  # what FreeType reads
SIZE = 96  # px per em


@dataclass(frozen=True, kw_only=True)
class Font:
    """One face, and its file's name for messages. Opened anew in each process that sets words in it."""

    path: Path
    face: ImageFont.FreeTypeFont = field(compare=False, repr=False)

    def has(self, letters: str) -> bool:
        """Whether every letter but the space has a glyph of its own, and one that can be seen."""
        return all(_drawable(self, letter) for letter in set(letters) - {" "})


@lru_cache(maxsize=200_000)
def _drawable(font: Font, letter: str) -> bool:
    return has_glyph(font.face, letter)


def find_fonts(folders: Iterable[Path]) -> list[Font]:
    """All fonts in the folders and in the folders within, by path.

    Raises NoFonts if a folder has none, UnreadableFont if a file that is named as a font is not one.
    """
    return [_opened(path) for folder in folders for path in _files(folder)]


def _files(folder: Path) -> Sequence[Path]:
    if not folder.is_dir():
        raise NoFonts(f"there is no folder {folder}", field="fonts")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not found:
        raise NoFonts(f"no fonts ({', '.join(SUFFIXES)}) in {folder}", field="fonts")
    return found


def _opened(path: Path) -> Font:
    try:
        face = ImageFont.truetype(str(path), SIZE, layout_engine=ImageFont.Layout.BASIC)
        face.getmask("a")  # a file may open, and fail on the first letter
    except (OSError, ValueError) as error:
        raise UnreadableFont(f"{path} cannot be read as a font: {error}", field="fonts") from error
    return Font(path=path, face=face)
