"""Fitting: the best candidates' artwork is laid on the photograph, and edges that then run alike count for it.

The vectors, and the net that compares them place by place, learned what marks look like on renderings; a warp has
learned nothing, and asks another question: can this drawing have been printed here? It costs tens of milliseconds for
each candidate, so of a box that somebody gave only candidates that could win by it are fitted (docs/adr/0013), and of
what was detected only the best of a few that are in doubt (`inference.second_look`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from inference.alignment import support
from inference.explaining import Artworks
from inference.gallery import Hit
from inference.vocabulary import Image
from inference.warping import Box

CANDIDATES = 5  # right holders fitted at most for each box
CHANCE = 0.4  # agreement of edges that says nothing: one wrong artwork in four reaches it
WORTH = 0.3  # units of similarity for each unit of agreement beyond
MOST = WORTH * (1.0 - CHANCE)  # what a fit can add

Support = Callable[[str], float | None]  # sha256 of artwork -> agreement of edges, see `Fits.support`


class Fits(Protocol):
    """Lays artwork on photographs; `Fitter` does."""

    def support(self, image: Image, box: Box, reference: str) -> float | None:
        """How well the edges of the artwork `reference` agree with those at the box: 0..1; None: nothing to compare."""


@dataclass(frozen=True, kw_only=True)
class Fitter:
    """Finds the artwork's pixels, then the warp. Safe to use from several threads at once."""

    artworks: Artworks

    def support(self, image: Image, box: Box, reference: str) -> float | None:
        """See `Fits.support`; None also for artwork that is not at hand."""
        artwork = self.artworks(reference)
        return None if artwork is None else support(image, box, artwork)


def fitted(hits: Sequence[Hit], support_of: Support) -> list[Hit]:
    """The hits of one box, best first, once the first CANDIDATES were fitted that can win by it, or be overtaken.

    A mark without filed artwork is not fitted: its words may be there in any lettering.
    """
    best = max((hit.likeness for hit in hits), default=0.0)
    rivals = [hit for hit in hits[:CANDIDATES] if hit.likeness + MOST * (1.0 - hit.wording) >= best]
    if len(rivals) < 2:  # nothing to decide
        return list(hits)
    told = [hit if hit.mark.lettered else replace(hit, fitted=worth(support_of(hit.reference))) for hit in rivals]
    others = [hit for hit in hits if all(hit is not rival for rival in rivals)]
    return sorted([*told, *others], key=lambda hit: -hit.likeness)


def worth(agreement: float | None) -> float:
    """What an agreement of edges adds to the likeness, 0..MOST; nothing if there was nothing to compare."""
    return 0.0 if agreement is None else WORTH * beyond_chance(agreement)


def beyond_chance(agreement: float) -> float:
    """How far an agreement of edges, 0..1, is beyond what wrong artwork reaches: 0..1 - CHANCE."""
    return max(0.0, agreement - CHANCE)
