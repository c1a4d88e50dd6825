"""Scans as they are shown, from how they are stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from inference.vocabulary import Decision
from service.errors import UnknownScan
from service.scans.declarations import Declaration
from service.scans.modalities import as_modality
from service.scans.schemas import AnswerOut, DecidedBy, Lane, ScanOut, VerdictOut, ViewOut
from service.tables import ScanRow, ViewRow


def found(row: ScanRow | None, scan_id: str, *, office: str | None = None, station: str | None = None) -> ScanRow:
    """`row`, if it is there and of this office and station, as far as they are given. Raises UnknownScan."""
    if row is None or office not in (None, row.office) or station not in (None, row.station):
        raise UnknownScan(f"no scan {scan_id!r} is stored", field="scan_id")
    return row


def moment_of(scan: ScanRow) -> datetime:
    """The moment at which recordations have to be in force: when the parcel was scanned, as far as that can be true."""
    if scan.captured_at is None or scan.captured_at > scan.received_at:
        return scan.received_at
    return scan.captured_at


def declaration_of(row: ScanRow) -> Declaration | None:
    """What was declared."""
    return None if row.declaration is None else Declaration.model_validate(row.declaration)


def scan_out(row: ScanRow, raised: Sequence[str]) -> ScanOut:
    """A scan with the alerts that it raised."""
    return ScanOut(
        id=row.id,
        station=row.station,
        parcel=row.parcel,
        state=row.state,
        received_at=row.received_at,
        captured_at=row.captured_at,
        lane=cast("Lane", row.lane),
        declaration=declaration_of(row),
        views=[_view_out(view) for view in row.views],
        answer_by=row.answer_by,
        answer=_answer_out(row),
        verdict=None if row.verdict is None else VerdictOut.model_validate(row.verdict),
        alerts=list(raised),
    )


def _answer_out(row: ScanRow) -> AnswerOut | None:
    if row.answered_at is None:
        return None
    return AnswerOut(
        decision=cast("Decision", row.answer),
        decided_by=cast("DecidedBy", row.decided_by),
        decided_at=row.answered_at,
        answer_by=row.answer_by,
        late=row.answer_by is not None and row.answered_at > row.answer_by,
    )


def _view_out(view: ViewRow) -> ViewOut:
    return ViewOut(
        index=view.position,
        sha256=view.sha256,
        media_type=view.media_type,
        width=view.width,
        height=view.height,
        size=view.size,
        image_id=view.image_id,
        name=view.name,
        modality=as_modality(view.modality),
        url=f"/v1/scans/{view.scan_id}/views/{view.position}",
    )
