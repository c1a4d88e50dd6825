"""What an officer is told about how a suspicion compares with the filed artwork; outside of the hot path.

Only suspicions are explained, and only where the artwork's pixels are at hand: the gallery has vectors alone. What is
said informs and changes no score; `cannot_tell` says that the comparison was tried, and why it says nothing.
"""

from dataclasses import replace
from typing import Protocol

from inference.alignment import align
from inference.artwork.ground import Rgba
from inference.deviation import PART, STRETCHED, TURNED, Deviation, Part, measure
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
        return replace(suspicion, reasons=(*suspicion.reasons, _cannot("none is filed, only words")))
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
        return (_cannot(f"the place is {size:.0f} pixels large; details are compared from {SMALLEST:.0f} on"),)
    alignment = align(image, suspicion.detection.box, artwork)
    if alignment is None:
        return (_cannot("the filed artwork could not be laid over the place"),)
    deviation = measure(image, artwork, alignment, spelling=spelling)
    if deviation.unknown:
        return (_cannot("the place is too slanted and has too little contrast"),)
    return reasons(deviation, title=suspicion.mark.title)


def reasons(deviation: Deviation, *, title: str) -> tuple[Reason, ...]:
    """What deviates by more than the limits, in words; the further, the more it weighs against."""
    said: list[Reason | None] = [
        _aspect(deviation.aspect),
        _part(deviation.missing, "part of the filed artwork is not seen: about {share:.0%} of it, {where}"),
        _part(deviation.added, "something is added to the filed artwork: about {share:.0%} of its ink, {where}"),
        _hue(deviation.hue),
    ]
    if deviation.spelling is not None:
        said.append(_deviates(f"it is spelt “{deviation.spelling}”, not “{title}”", 0.5))
    return tuple(reason for reason in said if reason is not None)


def _aspect(aspect: float | None) -> Reason | None:
    if aspect is None or max(aspect, 1 / aspect) < STRETCHED:
        return None
    how = f"{aspect:.2f} times wider" if aspect > 1 else f"{1 / aspect:.2f} times higher"
    return _deviates(f"it is {how} than the filed artwork, in proportion", max(aspect, 1 / aspect) - 1)


def _part(part: Part | None, text: str) -> Reason | None:
    if part is None or part.share < PART:
        return None
    return _deviates(text.format(share=part.share, where=part.where), part.share)


def _hue(hue: float | None) -> Reason | None:
    if hue is None or hue < TURNED:
        return None
    return _deviates(f"its colours are not the filed ones: {hue:.0f} degrees apart on the colour circle", hue / 180)


def _deviates(text: str, by: float) -> Reason:
    return Reason(code="deviates_from_artwork", text=text, weight=-min(1.0, by))


def _cannot(why: str) -> Reason:
    return Reason(code="cannot_tell", text=f"not compared with the filed artwork: {why}", weight=0.0)
