"""What was seen in past scans: vectors to search again, and figures to watch for drift."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import Table


class SeenViewRow(Table):
    """The detections of one view as one embedder saw them; packed, since a year has millions."""

    __tablename__ = "seen_views"
    __table_args__ = (Index("ix_seen_views_embedder_at", "embedder", "at"),)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    view: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    embedder: Mapped[str] = mapped_column(String(64), primary_key=True)  # sha256
    at: Mapped[datetime]  # when the scan was received
    count: Mapped[int]  # detections, n
    vectors: Mapped[bytes]  # (n, d) int8, see `inference.archive`
    facts: Mapped[bytes]  # (n, 10) float32: boxes, scores, likenesses
    marks: Mapped[list[list[str]]] = mapped_column(JSON)  # n: of the best match, and of the likest other right holder


class RescreenHitRow(Table):
    """A detection of a past scan that is like a mark that was recorded later, or that new models find."""

    __tablename__ = "rescreen_hits"
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    view: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    score: Mapped[float] = mapped_column(Double)
    box: Mapped[dict[str, Any]]  # {"box": [x1, y1, x2, y2]} px
    at: Mapped[datetime]  # when the scan was received


class ViewStatisticsRow(Table):
    """Figures of one view, by which drift is noticed."""

    __tablename__ = "view_statistics"
    __table_args__ = (
        Index("ix_view_statistics_modality_at", "modality", "at", "station"),
        Index("ix_view_statistics_release_id", "release_id", "view"),
    )
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    view: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    office: Mapped[str] = mapped_column(String(64))
    station: Mapped[str] = mapped_column(String(64))
    modality: Mapped[str] = mapped_column(String(16))
    release_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    brightness: Mapped[float] = mapped_column(Double)  # mean grey level, 0..255
    contrast: Mapped[float] = mapped_column(Double)  # standard deviation of the grey level
    sharpness: Mapped[float] = mapped_column(Double)  # log10 of the variance of the Laplacian
    saturation: Mapped[float] = mapped_column(Double)  # 0..1; 0 of a grey picture
    megapixels: Mapped[float] = mapped_column(Double)
    colour_map: Mapped[str] = mapped_column(String(16))  # grey or colour
    findings: Mapped[int]  # detections
    best_score: Mapped[float] = mapped_column(Double)  # of a match, 0 if there is none
    likeness: Mapped[float] = mapped_column(Double)  # to the likest filed artwork, of the surest detection; -1..1
    unmatched: Mapped[bool]  # a detection that is surely a logo, and like nothing that is recorded
    alerts: Mapped[int]


class StatisticsDayRow(Table):
    """The figures of all views of a station on one day, counted: months of them are looked at often."""

    __tablename__ = "statistics_days"
    modality: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)  # of UTC
    station: Mapped[str] = mapped_column(String(64), primary_key=True)
    office: Mapped[str] = mapped_column(String(64), primary_key=True)
    views: Mapped[int]
    document: Mapped[dict[str, Any]]  # see `service/drift/tallies.py`


class DriftAlarmRow(Table):
    """Something changed in what comes in, or in what is made of it. One for each thing, until it is over."""

    __tablename__ = "drift_alarms"
    __table_args__ = (Index("ix_drift_alarms_state_raised_at", "state", "raised_at"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    metric: Mapped[str] = mapped_column(String(32))
    modality: Mapped[str] = mapped_column(String(16))  # photo, xray, or all: of decisions
    office: Mapped[str | None] = mapped_column(String(64))  # of the station
    station: Mapped[str | None] = mapped_column(String(64))  # None: all
    subject: Mapped[str] = mapped_column(String(200))  # the mark or the reason that it is about, or empty
    value: Mapped[float] = mapped_column(Double)
    limit: Mapped[float] = mapped_column(Double)
    hint: Mapped[str] = mapped_column(String(64))  # code of the likely cause
    state: Mapped[str] = mapped_column(String(16))  # open, acknowledged or over
    live: Mapped[str | None] = mapped_column(String(400), unique=True)  # what it is about, until it is over
    raised_at: Mapped[datetime]
    seen_at: Mapped[datetime]  # when it was still so
    acknowledged_by: Mapped[str | None] = mapped_column(String(128))
    acknowledged_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(String(2000))
    over_at: Mapped[datetime | None]
