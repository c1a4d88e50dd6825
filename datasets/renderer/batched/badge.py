"""Marks as goods bear them: on a label, on a badge, in a ring of lettering, beside a name.

All of it lies on one canvas (see geometry.py), so it is slanted and bent together. The frame is that of the printed
thing: of the mark where it only lies on a label, of the whole badge where the mark is mounted.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from datasets.renderer.batched import colour
from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.parameters import Values

NOTHING, RECTANGLE, ROUNDED, DISC, ELLIPSE = range(5)
BELOW, ABOVE, RIGHT, ALONE = range(4)
WITHIN = (1.0, 0.9, 0.86, 0.72, 0.7)  # share of the form's half sizes that is free for what is on it


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Canvas coordinates. frame (n, 2): half sizes; mark, word (n, 4): middle and half sizes, 0 where there is none;
    plate (n, 2): half sizes, 0 where there is none; ring (n, 2): radius and half depth of a ring of lettering, or 0."""

    frame: Tensor
    mark: Tensor
    word: Tensor
    plate: Tensor
    ring: Tensor


def draw(dice: Dice, mounted: float, labelled: float) -> dict[str, Tensor]:
    """strength is 1 where the mark is mounted on a badge; `label` says where it lies on a label if it is not."""
    return {
        "strength": dice.strength(mounted, 1, 1),
        "label": dice.chance(labelled),
        "form": dice.kinds((0.3, 0.2, 0.15, 0.2, 0.15)),
        "label_form": dice.kinds((0.0, 0.4, 0.25, 0.2, 0.15)),
        "place": dice.kinds((0.32, 0.12, 0.16, 0.4)),
        "ringed": dice.chance(0.45),
        "flat": dice.uniform(0, 1),
        "room": dice.uniform(0.8, 1.05),
        "cut": dice.uniform(0, 1),
        "depth": dice.uniform(0.18, 0.3),
        "arc": dice.uniform(1.3, 2.9),
        "start": dice.uniform(0, 2 * torch.pi),
        "grow": dice.uniform(0.06, 0.3, 2),
        "corner": dice.uniform(0.1, 0.6),
        "rim": dice.strength(0.45, 0.02, 0.12),
        "word": dice.integers(2**31),
        "palette": colour.palette(dice, 6),
        "tone_on_tone": dice.chance(0.12),
    }


def form_of(values: Values) -> Tensor:
    """(n,) int64: the form of the plate behind the mark."""
    label = torch.where(values["label"], values["label_form"], NOTHING)
    return torch.where(values["strength"] > 0, values["form"], label)


def layout(values: Values, mark: Tensor, word: Tensor) -> Layout:
    """Arrange marks and words of half sizes (n, 2), of which only the proportion counts."""
    loose, mounted = _labelled(values, mark), _mounted(values, mark, word)
    on = (values["strength"] > 0)[:, None]
    names = ("frame", "mark", "word", "plate", "ring")
    return Layout(**{name: torch.where(on, getattr(mounted, name), getattr(loose, name)) for name in names})


def _labelled(values: Values, mark: Tensor) -> Layout:
    half = mark / mark.amax(1, keepdim=True).clamp(min=1e-6)
    plate = half * (1 + 2 * values["grow"])
    wide = plate.amax(1, keepdim=True)
    plate = torch.where((values["label_form"] == DISC)[:, None], wide, plate) * values["label"][:, None]
    none = torch.zeros_like(half)
    return Layout(frame=half, mark=torch.cat([none, half], 1), word=none.repeat(1, 2), plate=plate, ring=none)


def _mounted(values: Values, mark: Tensor, word: Tensor) -> Layout:
    form, wide = values["form"], mark[:, 0] > 2 * mark[:, 1]
    form = torch.where(wide & (form == DISC), RECTANGLE, form)
    flat = torch.where(wide, 0.35 + 0.3 * values["flat"], 0.6 + 0.4 * values["flat"])
    flat = torch.where((form == DISC) | (form == NOTHING), 1.0, flat)
    plate = torch.stack([torch.ones_like(flat), flat], 1)
    within = torch.tensor(WITHIN, device=mark.device)[form]
    room = plate * (within * torch.where(form == NOTHING, 1.0, values["room"]))[:, None]
    ringed = values["ringed"] & (form == DISC)
    depth = values["depth"]
    ring = torch.stack([0.95 - depth / 2, depth / 2], 1) * ringed[:, None]
    room = torch.where(ringed[:, None], (0.92 - depth)[:, None] * 0.72, room)
    place = torch.where((form == NOTHING) & (values["place"] == ALONE), BELOW, values["place"])
    place = torch.where(ringed, ALONE, place)
    own, beside = _split(place, values["cut"], room)
    own, beside = _inside(own, mark), _inside(beside, word) * (place != ALONE)[:, None]
    bare = (form == NOTHING)[:, None]
    frame, shift = _around(own, beside)
    moved = torch.cat([shift, torch.zeros_like(shift)], 1) * bare
    return Layout(
        frame=torch.where(bare, frame, plate),
        mark=own - moved,
        word=(beside - moved) * (place != ALONE)[:, None],
        plate=plate * ~bare,
        ring=ring,
    )


def _split(place: Tensor, cut: Tensor, room: Tensor) -> tuple[Tensor, Tensor]:
    """Boxes (n, 4), middle and half sizes, for the mark and the word in a room with half sizes (n, 2) around 0."""
    aside, alone = place == RIGHT, place == ALONE
    share = torch.where(aside, 0.35 + 0.25 * cut, 0.15 + 0.2 * cut)  # of the room that the word gets
    sign = torch.where(place == ABOVE, -1.0, 1.0)
    axis = torch.stack([aside, ~aside], 1).to(room.dtype)  # along which the room is cut
    kept = torch.where(alone, 1.0, 1 - share)[:, None]
    own_half = room * (1 - axis * (1 - kept))
    word_half = room * (1 - axis * (1 - (share - 0.03)[:, None]))
    own = torch.cat([-axis * sign[:, None] * (room - own_half), own_half], 1)
    return own, torch.cat([axis * sign[:, None] * (room - word_half), word_half], 1)


def _inside(box: Tensor, size: Tensor) -> Tensor:
    """The largest box (n, 4) with the proportion of `size` (n, 2) in the middle of another."""
    scale = (box[:, 2:] / size.clamp(min=1e-3)).amin(1, keepdim=True)
    return torch.cat([box[:, :2], size * scale], 1)


def _around(own: Tensor, beside: Tensor) -> tuple[Tensor, Tensor]:
    """Half sizes and middle (n, 2) of the box around both."""
    low = torch.minimum(own[:, :2] - own[:, 2:], beside[:, :2] - beside[:, 2:])
    high = torch.maximum(own[:, :2] + own[:, 2:], beside[:, :2] + beside[:, 2:])
    return (high - low) / 2, (high + low) / 2


def plate_mask(canvas: Tensor, half: Tensor, form: Tensor, values: Values, pixel: Tensor) -> tuple[Tensor, Tensor]:
    """Masks (n, 1, h, w) of the plate and of its rim, at canvas points (n, h, w, 2); pixel (n,): its size there."""
    low = half.amin(1)
    corner = torch.where(form == ROUNDED, values["corner"] * low, torch.where(form == DISC, low, 0.0))[:, None, None]
    beyond = canvas.abs() - half[:, None, None] + corner[..., None]
    box = beyond.clamp(min=0).norm(dim=3) + beyond.amax(3).clamp(max=0) - corner
    round_ = ((canvas / half[:, None, None].clamp(min=1e-3)).norm(dim=3) - 1) * low[:, None, None]
    far = torch.where((form == ELLIPSE)[:, None, None], round_, box)[:, None]  # signed distance to the edge
    size, rim = pixel[:, None, None, None], (values["rim"] * low)[:, None, None, None]
    mask = (0.5 - far / size).clamp_(0, 1)
    inner = (0.5 - (far + rim) / size).clamp_(0, 1)
    return mask, mask - inner


def box_grid(canvas: Tensor, box: Tensor, reach: Tensor) -> Tensor:
    """Where in an artwork's square, `reach` (n, 2) of it drawn, canvas points lie if the drawing fills the box."""
    scale = reach / box[:, 2:].clamp(min=1e-4)
    return (canvas - box[:, None, None, :2]) * scale[:, None, None]


def ring_grid(canvas: Tensor, ring: Tensor, values: Values, reach: Tensor) -> Tensor:
    """The same for an artwork that is written around the ring, clockwise, `arc` radians to either side of `start`."""
    angle = torch.atan2(canvas[..., 0], -canvas[..., 1]) - values["start"][:, None, None]
    angle = torch.remainder(angle + torch.pi, 2 * torch.pi) - torch.pi
    along = angle / values["arc"][:, None, None] * reach[:, :1, None]
    across = (ring[:, :1, None] - canvas.norm(dim=3)) / ring[:, 1:, None].clamp(min=1e-4) * reach[:, 1:, None]
    return torch.stack([along, across], 3)
