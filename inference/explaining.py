"""What an officer is told about how a suspicion compares with the filed artwork; outside of the hot path.

Only suspicions are explained, and only where the artwork's pixels are at hand: the gallery has vectors alone. What is
said informs and changes no score; `cannot_tell` says that the comparison was tried, and why it says nothing.
"""

from dataclasses import replace
from typing import Protocol

from inference.alignment import align
from inference.artwork.ground import Rgba
from inference.deviation import PART, STRETCHED, TURNED, Deviation, Part, measure
from inference.saying import said
from inference.vocabulary import Image, Reason, Suspicion, Verdict

SMALLEST = 64.0  # px: square root of a box's area below which details cannot be compared
MOST = 3  # suspicions of one photograph that are explained, the strongest: each costs tens of milliseconds


class Artworks(Protocol):
    """Pixels of registered artwork; `inference.artwork.pixels.CachedArtworks` has them."""

    def __call__(self, reference: str) -> Rgba | None:
        """The artwork whose file has the sha256 `reference` as (h, w, 4) RGBA; None if it is not at hand."""


def explained(image: Image, verdict: Verdict, artworks: Artworks) -> Verdict:
    """The verdict with what can be said of its strongest suspicions against the artwork; the scores stay."""
    told = tuple(_told(image, item, artworks) for item in verdict.suspicions[:MOST])
    return replace(verdict, suspicions=told + verdict.suspicions[MOST:])


def _told(image: Image, suspicion: Suspicion, artworks: Artworks) -> Suspicion:
    if suspicion.mark.lettered:
        return replace(suspicion, reasons=(*suspicion.reasons, _cannot("only_words")))
    artwork = artworks(suspicion.matches[0].reference)
    if artwork is None:
        return suspicion
    return replace(suspicion, reasons=(*suspicion.reasons, *explain(image, suspicion, artwork)))


def explain(image: Image, suspicion: Suspicion, artwork: Rgba, *, spelling: str | None = None) -> tuple[Reason, ...]:
    """How the place of a suspicion differs from its best match's artwork (h, w, 4); no reason if it does not.

    `spelling` is what is written there, if that is known not to be the mark's word.
    """
    size = suspicion.detection.size
    if size < SMALLEST:
        return (_cannot("too_small", size=f"{size:.0f}", limit=f"{SMALLEST:.0f}"),)
    alignment = align(image, suspicion.detection.box, artwork)
    if alignment is None:
        return (_cannot("not_laid"),)
    deviation = measure(image, artwork, alignment, spelling=spelling)
    if deviation.unknown:
        return (_cannot("too_slanted"),)
    return reasons(deviation, title=suspicion.mark.title)


def reasons(deviation: Deviation, *, title: str) -> tuple[Reason, ...]:
    """What deviates by more than the limits, in words; the further, the more it weighs against."""
    told: list[Reason | None] = [
        _aspect(deviation.aspect),
        _part(deviation.missing, "part_missing"),
        _part(deviation.added, "part_added"),
        _hue(deviation.hue),
    ]
    if deviation.spelling is not None:
        told.append(_deviates("other_spelling", 0.5, spelling=deviation.spelling, title=title))
    return tuple(reason for reason in told if reason is not None)


def _aspect(aspect: float | None) -> Reason | None:
    if aspect is None or max(aspect, 1 / aspect) < STRETCHED:
        return None
    times = max(aspect, 1 / aspect)
    return _deviates("wider" if aspect > 1 else "higher", times - 1, times=f"{times:.2f}")


def _part(part: Part | None, form: str) -> Reason | None:
    if part is None or part.share < PART:
        return None
    return _deviates(form, part.share, share=f"{part.share:.0%}", where=part.where)


def _hue(hue: float | None) -> Reason | None:
    if hue is None or hue < TURNED:
        return None
    return _deviates("other_colours", hue / 180, degrees=f"{hue:.0f}")


def _deviates(form: str, by: float, **values: str) -> Reason:
    return said(form, -min(1.0, by), code="deviates_from_artwork", **values)


def _cannot(form: str, **values: str) -> Reason:
    return said(form, 0.0, code="cannot_tell", **values)
