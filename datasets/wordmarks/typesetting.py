"""One lettering of a name: face, case, spacing, weight, slant, width, colours, lines, and what lies behind."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from datasets.wordmarks.fonts import SIZE, Font
from inference.artwork.rasterise import Rgba

Mask = NDArray[np.uint8]  # (h, w), 0..255
LONGEST = 192  # px
CASES = ("title", "upper", "lower", "first")


@dataclass(frozen=True, kw_only=True)
class Lettering:
    """How a name is set; lengths in em, the slant as shift per height."""

    font: Font
    script: str
    case: str
    spacing: float
    weight: float
    slant: float
    stretch: float
    lines: bool  # one for each word
    ground: str  # "none", "rectangle", "rounded", "ellipse", "line"
    knocked_out: bool  # the word is a hole in its ground
    colours: tuple[tuple[int, int, int], ...]  # of the word (one, or several to change with the letters), the ground


def lettering(rng: Generator, font: Font, script: str) -> Lettering:
    """A lettering by chance: mostly plain, dark and upright."""
    return Lettering(
        font=font,
        script=script,
        case=str(rng.choice(CASES, p=(0.4, 0.35, 0.15, 0.1))),
        spacing=float(rng.choice((0.0, rng.uniform(-0.04, 0.0), rng.uniform(0.02, 0.3)), p=(0.5, 0.2, 0.3))),
        weight=float(rng.choice((0.0, rng.uniform(0.01, 0.05)), p=(0.65, 0.35))),
        slant=float(rng.choice((0.0, rng.uniform(0.1, 0.3)), p=(0.75, 0.25))),
        stretch=float(rng.choice((1.0, rng.uniform(0.75, 1.35)), p=(0.6, 0.4))),
        lines=bool(rng.random() < 0.5),
        ground=str(rng.choice(("none", "rectangle", "rounded", "ellipse", "line"), p=(0.7, 0.09, 0.09, 0.06, 0.06))),
        knocked_out=bool(rng.random() < 0.5),
        colours=_colours(rng),
    )


def _colours(rng: Generator) -> tuple[tuple[int, int, int], ...]:
    count = 2 if rng.random() < 0.75 else int(rng.integers(3, 5))
    found = [tuple(int(v) for v in rng.integers(0, 200, 3)) for _ in range(count)]
    if rng.random() < 0.5:
        found[0] = (20, 20, 20)
    return tuple((r, g, b) for r, g, b in found)


def cased(text: str, case: str) -> str:
    """The text in capitals, small letters, capitals at the beginnings, or one capital at the very beginning."""
    if case == "first":
        return text[:1].upper() + text[1:].lower()
    return {"title": text.title(), "upper": text.upper(), "lower": text.lower()}[case]


def typeset(text: str, how: Lettering) -> Rgba:
    """The text as artwork (h, w, 4), trimmed, longest side LONGEST. Raises ValueError if nothing of it can be seen."""
    lines = text.split(" ") if how.lines else [text]
    masks = [line_masks(line, how) for line in lines]
    words = stacked(masks, gap=round(SIZE * 0.2))  # (c, h, w), one mask per colour
    if not words.any():
        raise ValueError(f"{text!r} cannot be seen in {how.font.path}")
    colours = np.array(how.colours, np.float32)
    picture = painted(words, colours[:-1])
    if how.ground != "none":
        picture = grounded(picture, how, colours[-1])
    return fitted(picture)


def line_masks(line: str, how: Lettering) -> NDArray[np.uint8]:
    """One line as masks (c, h, w), a mask for each of the word's colours: the letters take turns."""
    face, turns = how.font.face, len(how.colours) - 1
    margin, space = SIZE, how.spacing * SIZE
    starts = [face.getlength(line[:at]) + at * space for at in range(len(line) + 1)]  # with kerning
    size = (round(starts[-1]) + 2 * margin, 3 * SIZE)
    canvases = [Image.new("L", size) for _ in range(turns)]
    stroke = round(how.weight * SIZE)
    for at, letter in enumerate(line):
        draw = ImageDraw.Draw(canvases[at % turns])
        draw.text((margin + starts[at], SIZE * 2), letter, 255, font=face, anchor="ls", stroke_width=stroke)
    masks = np.stack([np.asarray(canvas) for canvas in canvases])
    h, w = masks.shape[1:]
    shear = np.array([[how.stretch, -how.slant, how.slant * 2 * SIZE], [0, 1, 0]], np.float32)
    wide = round(w * max(how.stretch, 1) + 2 * how.slant * SIZE)
    return trimmed(np.stack([cv2.warpAffine(mask, shear, (wide, h)) for mask in masks]))


def trimmed(masks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Masks (c, h, w) without the border that is empty in all; (c, 1, 1) if nothing is left."""
    ys, xs = np.nonzero(masks.max(0))
    if len(ys) == 0:
        return masks[:, :1, :1]
    return masks[:, ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]


def stacked(lines: list[NDArray[np.uint8]], gap: int) -> NDArray[np.uint8]:
    """Lines (c, h, w) one below the other, centred."""
    wide = max(line.shape[2] for line in lines)
    parts: list[NDArray[np.uint8]] = []
    for line in lines:
        left = (wide - line.shape[2]) // 2
        sides = (left, wide - line.shape[2] - left)
        parts.append(np.pad(line, ((0, 0), (gap if parts else 0, 0), sides)))
    return np.concatenate(parts, 1)


def painted(masks: NDArray[np.uint8], colours: NDArray[np.float32]) -> Rgba:
    """Masks (c, h, w) in their colours (c, 3): (h, w, 4), straight alpha."""
    owner = masks.argmax(0)
    return np.dstack([colours[owner].astype(np.uint8), masks.max(0)])


def grounded(word: Rgba, how: Lettering, colour: NDArray[np.float32]) -> Rgba:
    """The word on a shape, or underlined; white on the shape, or knocked out of it."""
    h, w = word.shape[:2]
    if how.ground == "line":
        thick = max(2, round(0.1 * h))
        bar = np.zeros((2 * thick, w, 4), np.uint8)
        bar[thick:] = (*colour.astype(int).tolist(), 255)
        return np.concatenate([word, bar])
    pad = (round(0.35 * h), round(0.35 * h + (0.2 * w if how.ground == "ellipse" else 0)))
    alpha = np.pad(word[..., 3], ((pad[0], pad[0]), (pad[1], pad[1]))).astype(np.float32) / 255
    shape = shape_mask(alpha.shape[0], alpha.shape[1], how.ground).astype(np.float32) / 255
    if how.knocked_out:
        return np.dstack([np.broadcast_to(colour, (*alpha.shape, 3)), shape * (1 - alpha) * 255]).astype(np.uint8)
    rgb = np.asarray(colour * (1 - alpha[..., None]) + 255 * alpha[..., None], np.float32)
    return np.dstack([rgb, shape * 255]).astype(np.uint8)


def shape_mask(h: int, w: int, ground: str) -> Mask:
    """A filled rectangle, rounded rectangle or ellipse (h, w)."""
    mask = np.zeros((h, w), np.uint8)
    if ground == "ellipse":
        cv2.ellipse(mask, (w // 2, h // 2), (w // 2, h // 2), 0, 0, 360, 255, -1, cv2.LINE_AA)
    elif ground == "rounded":
        r = min(h, w) // 4
        cv2.rectangle(mask, (r, 0), (w - 1 - r, h - 1), 255, -1)
        cv2.rectangle(mask, (0, r), (w - 1, h - 1 - r), 255, -1)
        for x in (r, w - 1 - r):
            for y in (r, h - 1 - r):
                cv2.circle(mask, (x, y), r, 255, -1, cv2.LINE_AA)
    else:
        mask[:] = 255
    return mask


def fitted(picture: Rgba) -> Rgba:
    """The picture with its longest side LONGEST."""
    scale = LONGEST / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
