"""Which letters a font really has."""

from PIL import ImageFont

Face = ImageFont.FreeTypeFont | ImageFont.ImageFont
NOWHERE = "\uffff"  # a noncharacter: no font may have it, so it shows what is drawn for a missing letter


def has_glyph(face: Face, letter: str) -> bool:
    """Whether the font has a glyph for `letter`, and one that can be seen."""
    try:
        drawn, missing = face.getmask(letter), face.getmask(NOWHERE)
    except OSError:  # a damaged font may lack some of its outlines
        return False
    seen = drawn.getbbox() is not None
    return seen and (drawn.size != missing.size or bytes(drawn) != bytes(missing))
