"""Whether what is seen can be what was declared: count, material, mass. Pure, and conservative.

A mismatch is a reason beside a suspicion, never one by itself: people declare carelessly more often than they cheat.
Limits were set on rendered parcels; none of a hundred honest declarations of others was doubted (docs/xray.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from inference.saying import said
from inference.vocabulary import Contents, Reason

CODE = "declared_mismatch"
WEIGHT = 0.3
ALIKE, TIMES = 4, 3.0  # so many things alike at the least, and so many times what was declared
METAL_SHARE, METAL_AREA = 0.04, 20.0  # more than buttons, zips and a hanger have: of the area, and in cm2
HEAVIER = 1.2  # the least mass over the declared one


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a declaration says that a scan can contradict; None is what it leaves open."""

    pieces: float | None = None  # of all goods together
    metal_free: bool = False  # all goods are of kinds that are made without more metal than buttons and zips
    grams: float | None = None  # gross


def mismatches(claims: Claims, contents: Contents | None, places: int) -> tuple[Reason, ...]:
    """Reasons to doubt a declaration, by `places` where the same mark is seen in one scan and by its `contents`."""
    return tuple(_mismatches(claims, contents, places))


def _mismatches(claims: Claims, contents: Contents | None, places: int) -> Iterator[Reason]:
    if claims.pieces is not None and places >= max(ALIKE, TIMES * claims.pieces):
        yield said("more_than_declared", WEIGHT, code=CODE, places=str(places), pieces=f"{claims.pieces:g}")
    if contents is None:
        return
    if claims.metal_free and contents.metal_share >= METAL_SHARE and contents.metal_area >= METAL_AREA:
        share = f"{100 * contents.metal_share:.0f}"
        yield said("metal_not_declared", WEIGHT, code=CODE, share=share, area=f"{contents.metal_area:.0f}")
    if claims.grams is not None and contents.least_mass >= HEAVIER * max(claims.grams, 1.0):
        values = {"least": f"{contents.least_mass:.0f}", "declared": f"{claims.grams:.0f}"}
        yield said("heavier_than_declared", WEIGHT, code=CODE, **values)
