"""Keeps what was seen on each view, in the transaction of its verdict."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from inference.archive import packed
from inference.vocabulary import Modality
from service.archive import repository
from service.scans.eyes import Viewed
from service.scans.schemas import VerdictOut
from service.tables import ScanRow

ROLES: Final[Mapping[Modality, str]] = {"photo": "embedder", "xray": "xray_embedder"}  # in a verdict's models


class ArchiveKeeper:
    """A witness of verdicts: one row per view, also where nothing was found, so that it counts as looked at."""

    def saw(self, session: Session, scan: ScanRow, views: Sequence[Viewed], verdict: VerdictOut) -> None:
        """Keep the detections of a scan's views."""
        repository.add(session, rows_of(scan, views))


def rows_of(scan: ScanRow, views: Sequence[Viewed]) -> list[dict[str, Any]]:
    """The rows of a scan's views, in their order; a view whose models do not say who embedded it has none."""
    rows = []
    for position, viewed in enumerate(views):
        embedder = viewed.verdict.models.get(ROLES[viewed.verdict.modality])
        if embedder is None:
            continue
        kept = packed(viewed.verdict.findings)
        rows.append(
            {
                "scan_id": scan.id,
                "view": position,
                "embedder": embedder,
                "at": scan.received_at,
                "count": kept.count,
                "vectors": kept.vectors,
                "facts": kept.facts,
                "marks": kept.marks,
            }
        )
    return rows
