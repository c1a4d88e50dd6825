"""What a declaration claims that an X-ray scan can contradict. Pure."""

from inference.mismatch import Claims
from service.scans.declarations import Declaration, DeclaredGoods

PIECES = frozenset({"piece", "pieces", "pcs", "pc", "pce", "c62", "nmb", "h87"})  # UN/ECE Rec. 20 among them
METAL_FREE = frozenset({"48", "49", *(str(chapter) for chapter in range(50, 64))})  # HS: paper, books, textiles


def claims_of(declaration: Declaration | None) -> Claims:
    """The claims; whatever is not clear is left open."""
    if declaration is None:
        return Claims()
    goods = declaration.goods
    return Claims(
        pieces=_pieces(goods),
        metal_free=bool(goods) and all(_chapter(item) in METAL_FREE for item in goods),
        grams=declaration.gross_weight_g,
    )


def _pieces(goods: list[DeclaredGoods]) -> float | None:
    """How many things are declared, if all of them are counted in pieces."""
    counted = [item.quantity for item in goods if item.quantity is not None and _unit(item) in PIECES]
    return sum(counted) if counted and len(counted) == len(goods) else None


def _unit(item: DeclaredGoods) -> str:
    """Empty where none is given: the number may be of parcels, sets or kilograms."""
    return (item.unit or "").lower()


def _chapter(item: DeclaredGoods) -> str | None:
    return None if item.hs is None else item.hs[:2]
