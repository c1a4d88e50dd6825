"""The verifier: compares a crop with the best candidates' artwork place by place, and ranks them anew.

One vector says what is in a picture, hardly how it is laid out. The embedder also describes each of the places of its
last map (its "parts"); a small net looks at the likenesses of all places of the crop with all places of the artwork.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.gallery import Hit
from inference.parts import from_bytes
from inference.vocabulary import Vectors

FILE = "verifier.onnx"  # in the embedder's bundle: parts mean nothing to another embedder's verifier
CANDIDATES = 3  # right holders compared for each box
TRUST = 0.5  # share of what the net adds that counts: it learned on renderings, and believes them (docs/adr/0011)


class PairNet(Protocol):
    """Runs the net: (p, 2 e + 1) float32 -> [(p,)]."""

    def run(self, pairs: NDArray[np.float32], /) -> list[NDArray[np.float32]]:
        """Run on p pairs."""


class Verifier:
    """Adds to each hit how well its artwork is found again in the crop. Safe to use from several threads at once."""

    def __init__(self, session: PairNet, *, parts: int) -> None:
        """`session` takes (p, 2 * parts + 1): a crop's parts, an artwork's, the likeness of their vectors."""
        self._session, self.parts = session, parts
        self._verified(np.zeros((1, 2 * parts + 1), np.float32))  # warm up: the first run allocates

    def verify(self, queries: Vectors, hits: Sequence[Sequence[Hit]]) -> list[list[Hit]]:
        """The hits of each query (n, d + parts), best first, each with `verified` set.

        Hits without parts (of artwork that was filed under another embedder) stay as they are.
        """
        pairs = [
            np.concatenate([query[-self.parts :], from_bytes(hit.parts), [np.float32(hit.similarity)]])
            for query, own in zip(queries, hits, strict=True)
            for hit in own
            if hit.parts is not None
        ]
        verified = iter(self._verified(np.array(pairs, np.float32)).tolist() if pairs else [])
        told = [[hit if hit.parts is None else replace(hit, verified=next(verified)) for hit in own] for own in hits]
        return [sorted(own, key=lambda hit: -hit.likeness) for own in told]

    def _verified(self, pairs: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is added to the likeness of each pair (p, 2 * parts + 1): (p,)."""
        return np.asarray(TRUST * self._session.run(pairs)[0], np.float32)
