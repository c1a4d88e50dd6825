"""Where things come to lie in a crop: slanted quads, the frame a detector would cut, bends.

A printed thing lies on a canvas whose middle is 0 and whose frame reaches from -w to w and from -h to h; `canvas_grid`
says for each pixel of the crop which point of the canvas it shows.
"""

import torch
from torch import Tensor

from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.fields import smooth
from datasets.renderer.batched.parameters import Values

CORNERS = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))  # clockwise from top left


def draw(dice: Dice) -> dict[str, Tensor]:
    """A view at a slant, as `camera.random_quad`, and a detector's box around it, as `crops.fit_into_crop`."""
    spread = torch.tensor([50.0, 14.0, 3.0])[dice.kinds((0.15, 0.6, 0.25))]
    tight = dice.chance(0.85)
    return {
        "stretch": dice.normal(0, 0.1, 2).exp(),
        "angle": dice.normal(0, 1) * spread * (torch.pi / 180),
        "slant": dice.normal(0, 0.05, 4, 2),
        "fill": torch.where(tight, dice.uniform(0.78, 1.1), dice.uniform(0.5, 1.4)),
        "centre": dice.normal(0.5, 0.035, 2),
    }


def quads(values: Values, frame: Tensor) -> Tensor:
    """Corners (n, 4, 2) of frames with half sizes (n, 2), seen at a slant, around 0."""
    corners = torch.tensor(CORNERS, device=frame.device) * (frame * values["stretch"])[:, None]
    cos, sin = values["angle"].cos(), values["angle"].sin()
    turn = torch.stack([cos, sin, -sin, cos], 1).reshape(-1, 2, 2)
    return corners @ turn + values["slant"] * 2 * frame.amax(1)[:, None, None]


def fitted(quad: Tensor, values: Values, side: int) -> Tensor:
    """Quads (n, 4, 2) scaled and moved so that their bounding box fills `fill` of the crop around `centre`, in px."""
    low, high = quad.amin(1, keepdim=True), quad.amax(1, keepdim=True)
    longest = (high - low).amax(2, keepdim=True).clamp(min=1e-6)
    scale = values["fill"][:, None, None] * side / longest
    return (quad - (low + high) / 2) * scale + values["centre"][:, None] * side


def homography(quad: Tensor) -> Tensor:
    """Matrices (n, 3, 3) that take pixels to the square 0..1 whose corners the quads (n, 4, 2) show.

    Heckbert, Fundamentals of Texture Mapping (1989), section 2.2.3: square to quad in closed form, then the adjugate.
    """
    a, b, c, d = quad.unbind(1)  # (n, 2) each
    e, f, s = b - c, d - c, a - b + c - d
    cross = _cross(e, f)
    cross = torch.where(cross.abs() < 1e-6, torch.full_like(cross, 1e-6), cross)
    g, h = _cross(s, f) / cross, _cross(e, s) / cross
    first, second = b - a + g[:, None] * b, d - a + h[:, None] * d
    forward = torch.stack([torch.cat([first, g[:, None]], 1), torch.cat([second, h[:, None]], 1)], 2)
    forward = torch.cat([forward, torch.cat([a, torch.ones_like(g)[:, None]], 1)[:, :, None]], 2)
    p, q, r = forward.unbind(1)  # rows (n, 3)
    return torch.stack([torch.linalg.cross(q, r), torch.linalg.cross(r, p), torch.linalg.cross(p, q)], 2)


def _cross(a: Tensor, b: Tensor) -> Tensor:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def pixels(side: int, device: torch.device) -> Tensor:
    """Centres (1, side, side, 2) of a crop's pixels, in px."""
    line = torch.arange(side, device=device) + 0.5
    return torch.stack([line.expand(side, side), line[:, None].expand(side, side)], 2)[None]


def canvas_grid(quad: Tensor, frame: Tensor, points: Tensor) -> Tensor:
    """What the pixels see: canvas points (n, side, side, 2) for pixel positions (n or 1, side, side, 2)."""
    matrix = homography(quad)[:, :, :, None, None]
    x, y = points[..., 0], points[..., 1]
    u, v, w = (matrix[:, i, 0] * x + matrix[:, i, 1] * y + matrix[:, i, 2] for i in range(3))
    w = torch.where(w.abs() < 1e-6, torch.full_like(w, 1e-6), w)
    return torch.stack([(u / w * 2 - 1) * frame[:, :1, None], (v / w * 2 - 1) * frame[:, 1:, None]], 3)


def draw_crumple(dice: Dice, share: float) -> dict[str, Tensor]:
    """A smooth field that moves pixels by up to about `strength` of the side; coarser or finer."""
    coarse = dice.uniform(-1, 1, 2, 5, 5)
    calm = dice.chance(0.5)[:, None, None, None]
    return {"strength": dice.strength(share, 0.01, 0.06), "grid": torch.where(calm, coarse * _fewer(coarse), coarse)}


def _fewer(grid: Tensor) -> Tensor:
    """Zero at every other node: larger waves."""
    odd = torch.arange(grid.shape[-1]) % 2 == 0
    return (odd[:, None] & odd).to(grid.dtype)


def crumpled(points: Tensor, values: Values) -> Tensor:
    """Pixel positions (n, side, side, 2) moved by a smooth field."""
    side = points.shape[1]
    field = smooth(values["grid"] * (values["strength"] * side)[:, None, None, None], side)
    return points + field.permute(0, 2, 3, 1)


def draw_cylinder(dice: Dice, share: float) -> dict[str, Tensor]:
    """A tube, sleeve or bottle seen from the side: `strength` is the sine of the angle at the crop's edge."""
    return {"strength": dice.strength(share, 0.4, 0.95), "angle": dice.uniform(0, torch.pi)}


def rolled(points: Tensor, values: Values) -> Tensor:
    """Pixel positions (n, side, side, 2) on a cylinder: what is seen at t lies at asin(t) along its surface."""
    half = points.shape[1] / 2
    edge = values["strength"].clamp(1e-3, 0.999)[:, None, None]  # sine of the angle at the edge of the crop
    along = torch.stack([values["angle"].cos(), values["angle"].sin()], 1)[:, None, None]  # (n, 1, 1, 2)
    seen = ((points - half) * along).sum(3) / half
    surface = (seen * edge).clamp(-0.999, 0.999).asin() / edge.asin()
    return points + ((surface - seen) * half)[..., None] * along
