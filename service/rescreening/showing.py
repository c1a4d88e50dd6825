"""Shows what jobs found in past scans."""

from datetime import datetime

from pydantic import ConfigDict, Field

from service.database import Database
from service.rescreening import repository
from service.schemas import Outgoing
from service.tables import RescreenHitRow


class HitOut(Outgoing):
    """One place where a mark was seen, or, by other models, would no longer be."""

    scan_id: str
    view: int
    mark_id: str
    box: list[float] = Field(description="x1, y1, x2, y2 in pixels of the view.")
    score: float
    lost: bool
    at: datetime = Field(description="When the scan was received.")


class HitPage(Outgoing):
    """The newest scan first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "scan_id": "scan_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
                            "view": 0,
                            "mark_id": "kestrique",
                            "box": [212.5, 80.1, 380.0, 240.9],
                            "score": 0.91,
                            "lost": False,
                            "at": "2026-02-11T08:03:12Z",
                        }
                    ]
                }
            ]
        }
    )

    items: list[HitOut]


class Hits:
    """Reads them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, job_id: str, *, limit: int, skip: int) -> HitPage:
        """Some of what a job found."""
        with self._database.read() as session:
            return HitPage(items=[_out(row) for row in repository.hits(session, job_id, limit=limit, skip=skip)])


def _out(row: RescreenHitRow) -> HitOut:
    return HitOut(
        scan_id=row.scan_id,
        view=row.view,
        mark_id=row.mark_id,
        box=row.box["box"],
        score=round(row.score, 4),
        lost=bool(row.box.get("lost")),
        at=row.at,
    )
