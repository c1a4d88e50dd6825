"""A small bank of the ugliest artwork, and parameters for it."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from datasets.renderer.batched.bank import ArtworkBank, Banks
from datasets.renderer.batched.parameters import Parameters
from datasets.renderer.batched.render import CHANCES, draw
from tests.unit.datasets.renderer.drawings import disc, photographs, ugly_artwork

ALL_OFF: Mapping[str, float] = dict.fromkeys(CHANCES, 0.0)
SIDE = 48


def all_white() -> NDArray[np.uint8]:
    return np.full((40, 40, 4), 255, np.uint8)


def ring() -> NDArray[np.uint8]:
    """One colour, with a hole and a dot in it."""
    picture = disc()
    y, x = np.mgrid[:100, :100] - 50
    far = np.hypot(x, y)
    picture[(far < 34) & (far > 12)] = 0
    return picture


def banks(side: int = 56) -> Banks:
    """Of ugly artwork (0 invisible, 1 hairline, 2 speck, 3 faint, 4 disc, 5 flag), white (6) and a ring (7)."""
    bank = ArtworkBank.of([*ugly_artwork(), all_white(), ring()], side=side)
    return Banks.of(bank, photographs(), count=6)


def drawn(seed: int, n: int, **chances: float) -> Parameters:
    """Parameters with every stage off but those named."""
    return draw(torch.Generator().manual_seed(seed), n, {**ALL_OFF, **chances})
