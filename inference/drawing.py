"""Findings drawn on the picture, for people: boxes, right holders, scores, readable on any background."""

import unicodedata

import cv2
import numpy as np

from inference.ranking import apart
from inference.suspicion import standing
from inference.vocabulary import Finding, Image, Verdict, check_image

Colour = tuple[int, int, int]

SUSPECTED: Colour = (255, 64, 32)  # RGB
UNSUSPECTED: Colour = (200, 200, 200)

_INK: Colour = (255, 255, 255)
_OUTLINE: Colour = (0, 0, 0)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_LONGEST = 40  # characters of a right holder's name


def draw(image: Image, verdict: Verdict) -> Image:
    """Return a copy of `image` (H, W, 3) with the verdict's findings: thick and named if suspected, else thin.

    A finding is suspected if it speaks for one of the verdict's suspicions. Of several at one place only the strongest
    is drawn. Letters that the font lacks become plain ones.
    """
    canvas = np.ascontiguousarray(check_image(image)).copy()
    unit = max(1, round(max(image.shape[:2]) / 640))  # px: what looks one pixel thick at 640
    ordered = sorted(verdict.findings, key=_score)  # the strongest on top
    for finding in ordered:
        if _score(finding) < verdict.threshold:
            _box(canvas, finding, UNSUSPECTED, unit)
    suspected = list(reversed(apart(standing(verdict.findings, verdict.threshold))))
    for finding in suspected:
        _box(canvas, finding, SUSPECTED, 3 * unit)
    for finding in suspected:  # labels last, so that no box crosses a name
        _label(canvas, finding, unit)
    return canvas


def _score(finding: Finding) -> float:
    return finding.matches[0].score if finding.matches else -1.0


def _corners(canvas: Image, finding: Finding) -> tuple[int, int, int, int]:
    """Return the box in whole pixels, inside the picture."""
    height, width = canvas.shape[:2]
    x1, y1, x2, y2 = finding.detection.box
    left, right = (int(min(max(x, 0.0), width - 1.0)) for x in (x1, x2))
    top, bottom = (int(min(max(y, 0.0), height - 1.0)) for y in (y1, y2))
    return left, top, right, bottom


def _box(canvas: Image, finding: Finding, colour: Colour, thickness: int) -> None:
    left, top, right, bottom = _corners(canvas, finding)
    edge = max(1, thickness // 2)
    # dark around light: one of the two differs from any background
    cv2.rectangle(canvas, (left, top), (right, bottom), _OUTLINE, thickness + 2 * edge)
    cv2.rectangle(canvas, (left, top), (right, bottom), colour, thickness)


def _label(canvas: Image, finding: Finding, unit: int) -> None:
    """Write right holder and score on a plate above the box, or inside it where there is no room above."""
    best = finding.matches[0]
    text = f"{plain(best.mark.holder) or plain(best.mark.mark_id)} {best.score:.0%}"
    height, width = canvas.shape[:2]
    scale, thickness, gap = 0.55 * unit, max(1, unit), 4 * unit
    (text_width, text_height), below = cv2.getTextSize(text, _FONT, scale, thickness)
    if text_width + 2 * gap > width:  # a long name in a narrow picture
        scale *= max(0.1, (width - 2 * gap) / text_width)
        (text_width, text_height), below = cv2.getTextSize(text, _FONT, scale, thickness)
    plate_width, plate_height = text_width + 2 * gap, text_height + below + 2 * gap
    left, top, _, _ = _corners(canvas, finding)
    left = max(0, min(left, width - plate_width))
    top = top - plate_height if top >= plate_height else max(0, min(top, height - plate_height))
    cv2.rectangle(canvas, (left, top), (left + plate_width, top + plate_height), _OUTLINE, cv2.FILLED)
    cv2.rectangle(canvas, (left, top), (left + plate_width, top + plate_height), SUSPECTED, thickness)
    at = (left + gap, top + gap + text_height)
    cv2.putText(canvas, text, at, _FONT, scale, _INK, thickness, cv2.LINE_AA)


def plain(text: str) -> str:
    """Return `text` in the letters that the font has: accents dropped, other scripts left out, shortened."""
    letters = unicodedata.normalize("NFKD", " ".join(text.split())).encode("ascii", "ignore").decode()
    words = " ".join("".join(c for c in letters if c.isprintable()).split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 3] + "..."
