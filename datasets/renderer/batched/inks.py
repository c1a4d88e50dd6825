"""How marks are printed: own colours, dyed, two inks, one ink, outline, filled, striped, bolder or thinner, in reverse.

Artwork in, premultiplied RGBA (n, 4, s, s) out; each way of printing is done only for the rows that are printed so.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from datasets.renderer.batched import colour
from datasets.renderer.batched.bank import ALPHA, HOLES, PARTS, ArtworkBatch
from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.fields import ramp
from datasets.renderer.batched.parameters import Values
from datasets.renderer.batched.rows import chosen, where_on

OWN, DYED, TWO, DENSITY, REVERSED, PLAIN, OUTLINE, FILLED, STRIPED = range(9)
OF_SEVERAL = (0.44, 0.2, 0.2, 0.08, 0.03, 0.05, 0.0, 0.0, 0.0)  # how often artwork of several colours is printed so
OF_ONE = (0.16, 0.0, 0.0, 0.0, 0.0, 0.4, 0.08, 0.25, 0.11)  # and artwork of one colour


def draw(dice: Dice) -> dict[str, Tensor]:
    """The ways, and a palette of eight colours: inks first, then those of holes, parts and stripes."""
    return {
        "several": dice.kinds(OF_SEVERAL),
        "one": dice.kinds(OF_ONE),
        "palette": colour.palette(dice, 8),
        "hue": dice.normal(0, 0.6),
        "saturation": dice.uniform(0.5, 1.3),
        "value": dice.uniform(0.5, 1.3),
        "swapped": dice.chance(0.25),
        "holes": dice.chance(0.85, 2),
        "parts": dice.chance(0.3),
        "angle": dice.uniform(0, 2 * torch.pi),
        "bands": dice.integers(6) + 2,
        "blended": dice.chance(0.5),
    }


def draw_weight(dice: Dice, share: float) -> dict[str, Tensor]:
    """How much bolder (> 0) or thinner (< 0) the silhouette becomes, in hundredths of the square's side."""
    sign = torch.where(dice.chance(0.6), 1.0, -1.0)
    return {"strength": dice.strength(share, 0.4, 2.0) * sign}


def printed(artwork: ArtworkBatch, values: Values, weight: Values) -> Tensor:
    """The prints (n, 4, s, s), premultiplied."""
    kinds = torch.where(artwork.single, values["one"], values["several"])
    result = torch.empty_like(artwork.planes[:, :4])
    for kind, way in WAYS.items():
        rows = (kinds == kind).nonzero()[:, 0]
        if len(rows):
            planes = artwork.planes.index_select(0, rows)
            result.index_copy_(0, rows, way(planes, chosen(values, rows), chosen(weight, rows)))
    return result


def weighted(alpha: Tensor, weight: Values) -> Tensor:
    """Silhouettes (n, 1, s, s) grown or thinned by morphology with squares; the part of a pixel is blended."""
    return where_on(weight, alpha, _weighted)


def _weighted(alpha: Tensor, weight: Values) -> Tensor:
    reach = weight["strength"].abs()[:, None, None, None] * alpha.shape[-1] / 100  # px
    grow = weight["strength"][:, None, None, None] > 0
    state = torch.where(grow, alpha, 1 - alpha)
    for step in range(int(reach.max().ceil().item())):
        state = torch.lerp(state, dilated(state), (reach - step).clamp(0, 1))
    thin = 1 - state
    kept = thin.sum((2, 3), keepdim=True) > 0.4 * alpha.sum((2, 3), keepdim=True)  # a hairline must not vanish
    return torch.where(grow, state, torch.where(kept, thin, alpha))


def dilated(mask: Tensor) -> Tensor:
    """The greatest of each pixel's 3 x 3 neighbours: (n, 1, h, w). By slices: pooling is 50 times slower on a CPU."""
    wide = F.pad(mask, (1, 1, 0, 0), mode="replicate")
    wide = torch.maximum(torch.maximum(wide[..., :-2], wide[..., 1:-1]), wide[..., 2:])
    tall = F.pad(wide, (0, 0, 1, 1), mode="replicate")
    return torch.maximum(torch.maximum(tall[..., :-2, :], tall[..., 1:-1, :]), tall[..., 2:, :])


def through(paint: Tensor, alpha: Tensor) -> Tensor:
    """Paint (n, 3, s, s) or (n, 3, 1, 1) through a mask (n, 1, s, s), premultiplied: (n, 4, s, s)."""
    return torch.cat([paint * alpha, alpha], 1)


def ink(values: Values, index: int) -> Tensor:
    """One colour of the palette: (n, 3, 1, 1)."""
    return values["palette"][:, index, :, None, None]


def own(planes: Tensor, _values: Values, _weight: Values) -> Tensor:
    """As it was filed."""
    return through(planes[:, :3], planes[:, ALPHA : ALPHA + 1])


def dyed(planes: Tensor, values: Values, _weight: Values) -> Tensor:
    """Hue, saturation and value moved: faded, dyed, cheaply printed."""
    turned = colour.hue_turned(planes[:, :3], values["hue"], values["saturation"], values["value"])
    return through(turned, planes[:, ALPHA : ALPHA + 1])


def stretched_luma(planes: Tensor) -> Tensor:
    """Luma (n, 1, s, s) of what is seen, its darkest 0 and its lightest 1; 0 where there is but one."""
    seen, light = planes[:, ALPHA : ALPHA + 1] > 0.5, colour.luma(planes[:, :3])
    low = light.masked_fill(~seen, 2.0).amin((2, 3), keepdim=True)
    high = light.masked_fill(~seen, -1.0).amax((2, 3), keepdim=True)
    return ((light - low) / (high - low).clamp(min=0.004)).clamp_(0, 1)


def two(planes: Tensor, values: Values, _weight: Values) -> Tensor:
    """Luma as a blend of two inks: keeps the inner drawing. The darker ink prints the darker part, unless swapped."""
    inks = values["palette"][:, :3]
    light = colour.standing_out(inks[:, 1:], inks[:, 0], torch.full_like(values["hue"], 0.22))
    dark = inks[:, 0]
    swap = (colour.luma_of(dark) > colour.luma_of(light)) ^ values["swapped"]
    dark, light = torch.where(swap[:, None], light, dark), torch.where(swap[:, None], dark, light)
    paint = torch.lerp(dark[:, :, None, None], light[:, :, None, None], stretched_luma(planes))
    return through(paint, planes[:, ALPHA : ALPHA + 1])


def density(planes: Tensor, values: Values, _weight: Values) -> Tensor:
    """One ink, thick where the artwork is dark and thin where it is light: a stamp, a one-colour carton print."""
    return through(ink(values, 0), planes[:, ALPHA : ALPHA + 1] * (1 - 0.9 * stretched_luma(planes)))


def in_reverse(planes: Tensor, _values: Values, _weight: Values) -> Tensor:
    """The negative."""
    return through(1 - planes[:, :3], planes[:, ALPHA : ALPHA + 1])


def plain(planes: Tensor, values: Values, weight: Values) -> Tensor:
    """The silhouette in one colour, with its weight."""
    return through(ink(values, 0), weighted(planes[:, ALPHA : ALPHA + 1], weight))


def outline(planes: Tensor, values: Values, _weight: Values) -> Tensor:
    """The morphological gradient of the silhouette: a line of about 2.5 % of the side inside of its edge."""
    alpha = planes[:, ALPHA : ALPHA + 1]
    inverse = 1 - alpha
    for _ in range(max(1, round(alpha.shape[-1] * 0.0125))):  # the square grows by one pixel on either side
        inverse = dilated(inverse)
    return through(ink(values, 0), (alpha - (1 - inverse)).clamp_(min=0))


def filled(planes: Tensor, values: Values, weight: Values) -> Tensor:
    """The silhouette with its holes filled in one or two colours, and perhaps every other part in another."""
    alpha = weighted(planes[:, ALPHA : ALPHA + 1], weight)
    holes = planes[:, HOLES] * values["holes"][:, :, None, None]  # (n, 2, s, s)
    inks, least = values["palette"], torch.full_like(values["hue"], 0.18)
    fills = [colour.standing_out(inks[:, at : at + 2], inks[:, 0], least) for at in (1, 3)]
    part = planes[:, PARTS : PARTS + 1] * values["parts"][:, None, None, None]
    body = torch.lerp(ink(values, 0), ink(values, 5), part) * alpha
    gap = 1 - alpha
    for index, fill in enumerate(fills):
        hole = holes[:, index : index + 1] * gap
        body = body + fill[:, :, None, None] * hole
        gap = gap - hole
    return torch.cat([body, 1 - gap], 1)


def striped(planes: Tensor, values: Values, weight: Values) -> Tensor:
    """Bands of colour, or one colour blending into another."""
    across = ramp(values["angle"], planes.shape[-1])[:, 0]  # (n, s, s)
    across = (across / across.amax((1, 2), keepdim=True)) * 0.499 + 0.5
    bands = (across * values["bands"][:, None, None]).long()
    each = torch.arange(len(bands), device=bands.device)[:, None, None]
    hard = values["palette"][each, bands].permute(0, 3, 1, 2)  # (n, 3, s, s)
    soft = torch.lerp(ink(values, 0), ink(values, 1), across[:, None])
    paint = torch.where(values["blended"][:, None, None, None], soft, hard)
    return through(paint, weighted(planes[:, ALPHA : ALPHA + 1], weight))


WAYS: dict[int, Callable[[Tensor, Values, Values], Tensor]] = {
    OWN: own,
    DYED: dyed,
    TWO: two,
    DENSITY: density,
    REVERSED: in_reverse,
    PLAIN: plain,
    OUTLINE: outline,
    FILLED: filled,
    STRIPED: striped,
}


def mean_colour(prints: Tensor) -> Tensor:
    """Mean colour (n, 3) of the printed part of prints (n, 4, s, s); black where nothing is printed."""
    total = prints.sum((2, 3))
    return total[:, :3] / total[:, 3:].clamp(min=1e-3)
