"""What is kept for a time only is gone afterwards, and what is evidence stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select

from service.drift import repository as drift
from service.settings import Settings
from service.tables import ScanRow, SeenViewRow, ViewStatisticsRow
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, running, settings_in
from tests.integration.service.pictures import photograph

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def stored(service: Service) -> tuple[int, int, int]:
    """How many scans, vectors of views and figures of views there are."""
    with service.parts.database.read() as session:
        scans, seen, figures = (
            session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (ScanRow, SeenViewRow, ViewStatisticsRow)
        )
    return scans, seen, figures


@pytest.mark.parametrize("kind", KINDS)
def test_figures_go_first_then_vectors_and_scans_never(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift.forget_views, "__defaults__", (2,))  # in one transaction
    now = [BEGIN]
    settings = settings_in(tmp_path, database_url=fresh_url(kind, tmp_path), archive_days=400, statistics_days=61)
    with running(settings, clock=lambda: now[0]) as service:
        service.record("fox", 1)
        for number in range(5):
            answer = service.scan([photograph(1)], parcel=f"P{number}")
            assert answer.status_code in (200, 201), answer.text
        retention = service.parts.learning.retention
        for days, left in ((60, (5, 5, 5)), (62, (5, 5, 0)), (399, (5, 5, 0)), (401, (5, 0, 0))):
            now[0] = BEGIN + days * DAY
            retention.turn()
            assert stored(service) == left, days


def test_figures_are_not_forgotten_before_their_days_are_counted(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="statistics_days"):
        Settings(var_dir=tmp_path, statistics_days=30)
