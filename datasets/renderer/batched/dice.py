"""Chance for a batch: every draw has one row per sample, and all come from one seeded generator, on the CPU.

Drawn on the CPU whatever device renders, so that the same seed gives the same parameters on every machine.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


class Dice:
    """Draws of n rows each."""

    def __init__(self, generator: torch.Generator, n: int) -> None:
        self._generator, self._n = generator, n

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """(n, *shape), low..high."""
        return torch.rand(self._n, *shape, generator=self._generator) * (high - low) + low

    def log_uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """(n, *shape), low..high, each factor equally likely."""
        return low * (high / low) ** torch.rand(self._n, *shape, generator=self._generator)

    def normal(self, mean: float, deviation: float, *shape: int) -> Tensor:
        """(n, *shape), Gaussian."""
        return torch.randn(self._n, *shape, generator=self._generator) * deviation + mean

    def integers(self, high: int, *shape: int) -> Tensor:
        """(n, *shape) int64, 0..high - 1."""
        return torch.randint(high, (self._n, *shape), generator=self._generator)

    def chance(self, share: float, *shape: int) -> Tensor:
        """(n, *shape) bool, true with probability `share`."""
        return torch.rand(self._n, *shape, generator=self._generator) < share

    def kinds(self, weights: Sequence[float]) -> Tensor:
        """(n,) int64: an index into `weights`, as often as its weight says."""
        edges = torch.tensor(weights, dtype=torch.float64).cumsum(0)
        throws = torch.rand(self._n, generator=self._generator, dtype=torch.float64) * edges[-1]
        return torch.searchsorted(edges, throws, right=True).clamp(max=len(weights) - 1)

    def strength(self, share: float, low: float, high: float) -> Tensor:
        """(n,): low..high with probability `share`, else 0, which means off."""
        return torch.where(self.chance(share), self.uniform(low, high), 0.0)
