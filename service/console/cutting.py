"""Which part of a picture to show of a place in it. Pure."""

from dataclasses import dataclass

AROUND = 0.6  # of the place's longer side, on each side of it
NARROWEST = 24.0  # pixels of the picture
Box = tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A part of a picture (width x height), and the place in it; all in pixels of the picture."""

    width: int
    height: int
    box: Box
    part: Box  # x, y, width, height

    @property
    def view_box(self) -> str:
        """As SVG wants it."""
        return " ".join(f"{value:g}" for value in self.part)


def cut(box: Box, width: int, height: int) -> Cut:
    """A square around a place, moved inside the picture as far as it fits there."""
    x1, y1, x2, y2 = box
    side = max((x2 - x1), (y2 - y1), NARROWEST) * (1 + 2 * AROUND)
    w, h = min(side, width), min(side, height)
    x = min(max((x1 + x2 - w) / 2, 0), width - w)
    y = min(max((y1 + y2 - h) / 2, 0), height - h)
    return Cut(width=width, height=height, box=box, part=(round(x, 1), round(y, 1), round(w, 1), round(h, 1)))
