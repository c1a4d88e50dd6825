"""A drawing is a stack of inked paths; it is written as SVG in colour, or in one colour with true holes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum


class Ink(IntEnum):
    """Which colour of the palette a layer takes. PAPER lies on ink and is cut out of the one-colour version."""

    MAIN = 0
    SECOND = 1
    ACCENT = 2
    PAPER = 3


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One path. `stroke` > 0 draws it as a line of that width, else it is filled (even-odd).

    `cut` makes it a hole in the one-colour version, where it would otherwise vanish in the ink below. `through` makes
    it a hole in both versions, in the layers below it. `clip` is a path outside which nothing is drawn.
    """

    path: str
    ink: Ink = Ink.MAIN
    stroke: float = 0.0
    cut: bool = False
    through: bool = False
    clip: str = ""
    round: bool = True  # line ends and corners
    transform: str = ""

    def moved(self, transform: str) -> "Layer":
        """The layer under a further SVG transform."""
        return replace(self, transform=f"{transform} {self.transform}".strip())


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Layers, bottom first, on a canvas of `width` x `height` units."""

    layers: tuple[Layer, ...]
    width: float = 100.0
    height: float = 100.0


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The colours of the four inks, as `#rrggbb`."""

    colours: tuple[str, str, str, str]


def beside(drawings: Sequence[Drawing], *, gap: float) -> Drawing:
    """The drawings side by side, centred on one line."""
    height = max(d.height for d in drawings)
    layers: list[Layer] = []
    x = 0.0
    for drawing in drawings:
        move = f"translate({number(x)} {number((height - drawing.height) / 2)})"
        layers += [layer.moved(move) for layer in drawing.layers]
        x += drawing.width + gap
    return Drawing(layers=tuple(layers), width=x - gap, height=height)


def below(drawings: Sequence[Drawing], *, gap: float) -> Drawing:
    """The drawings one below the other, centred."""
    width = max(d.width for d in drawings)
    layers: list[Layer] = []
    y = 0.0
    for drawing in drawings:
        move = f"translate({number((width - drawing.width) / 2)} {number(y)})"
        layers += [layer.moved(move) for layer in drawing.layers]
        y += drawing.height + gap
    return Drawing(layers=tuple(layers), width=width, height=y - gap)


def scaled(drawing: Drawing, *, height: float) -> Drawing:
    """The drawing, `height` units high."""
    factor = height / drawing.height
    layers = tuple(layer.moved(f"scale({factor:.4g})") for layer in drawing.layers)
    return Drawing(layers=layers, width=drawing.width * factor, height=height)


def colour_svg(drawing: Drawing, palette: Palette) -> str:
    """The drawing in its colours."""
    drawn: list[str] = []
    masks = 0
    for layer in drawing.layers:
        element = _element(layer, "#000" if layer.through else palette.colours[layer.ink], drawing)
        if layer.through:  # what is drawn so far is put behind a mask
            masks += 1
            name = f"m{masks}"
            mask = _mask(drawing, name, [f'<rect {_frame(drawing)} fill="#fff"/>', element])
            drawn = [*mask, f'<g mask="url(#{name})">', *drawn, "</g>"]
        else:
            drawn.append(element)
    return _svg(drawing, drawn)


def one_colour_svg(drawing: Drawing, colour: str = "#141414") -> str:
    """The drawing in one colour; what lies on other ink, and paper, is a transparent hole."""
    holes = [_element(layer, "#000" if _is_hole(layer) else "#fff", drawing) for layer in drawing.layers]
    return _svg(drawing, [*_mask(drawing, "m", holes), f'<rect {_frame(drawing)} fill="{colour}" mask="url(#m)"/>'])


def _is_hole(layer: Layer) -> bool:
    return layer.cut or layer.through or layer.ink is Ink.PAPER


def _frame(drawing: Drawing) -> str:
    return f'x="-10" y="-10" width="{number(drawing.width + 20)}" height="{number(drawing.height + 20)}"'


def _mask(drawing: Drawing, name: str, elements: Sequence[str]) -> list[str]:
    return [f'<mask id="{name}" maskUnits="userSpaceOnUse" {_frame(drawing)}>', *elements, "</mask>"]


def _svg(drawing: Drawing, elements: Iterable[str]) -> str:
    margin = 0.04 * max(drawing.width, drawing.height)
    size = f"{number(drawing.width + 2 * margin)} {number(drawing.height + 2 * margin)}"
    box = f"{number(-margin)} {number(-margin)} {size}"
    clips = [f'<clipPath id="c{i}"><path d="{path}"/></clipPath>' for i, path in enumerate(_clips(drawing))]
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">', *clips, *elements, "</svg>", ""])


def _clips(drawing: Drawing) -> list[str]:
    return list(dict.fromkeys(layer.clip for layer in drawing.layers if layer.clip))


def _element(layer: Layer, colour: str, drawing: Drawing) -> str:
    if layer.stroke:
        ends = ("round", "round") if layer.round else ("butt", "miter")
        paint = f'fill="none" stroke="{colour}" stroke-width="{number(layer.stroke)}"'
        paint += f' stroke-linecap="{ends[0]}" stroke-linejoin="{ends[1]}"'
    else:
        paint = f'fill="{colour}" fill-rule="evenodd"'
    place = f' transform="{layer.transform}"' if layer.transform else ""
    clip = f' clip-path="url(#c{_clips(drawing).index(layer.clip)})"' if layer.clip else ""
    return f'<path d="{layer.path}" {paint}{place}{clip}/>'


def number(value: float) -> str:
    """A coordinate with at most two decimals and no trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.005 else "0"
