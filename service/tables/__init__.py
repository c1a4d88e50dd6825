"""The tables, in types that SQLite and PostgreSQL both have. A change here needs a migration beside it."""

from service.tables.alerts import (
    AlertRow,
    DecisionRow,
    RecusalRow,
    SavedViewRow,
    SeenRow,
    TestParcelRow,
)
from service.tables.archive import DriftAlarmRow, RescreenHitRow, SeenViewRow, StatisticsDayRow, ViewStatisticsRow
from service.tables.audit import AuditEntryRow, AuditHeadRow
from service.tables.base import Table, UtcDateTime
from service.tables.events import DeliveryRow, SubscriptionRow
from service.tables.exchange import ExchangeJobRow, ReviewRow
from service.tables.identity import AccountRow, KeyRow, OfficeRow, OidcAttemptRow, SessionRow, StationRow
from service.tables.jobs import JobRow
from service.tables.labels import DatasetVersionRow, HolderWordRow, LabelExclusionRow, LabelSetRow, LabelTaskRow
from service.tables.models import ApprovalRow, DeploymentRow, ReleaseRow, ShadowLookRow, ThresholdsRow
from service.tables.registry import (
    ChangeRow,
    HolderRow,
    MarkRow,
    PictureRow,
    RecordationRow,
    RegistryRevision,
    SearchTermRow,
    SelfTestRow,
    VectorRow,
)
from service.tables.scans import IdempotencyKeyRow, ScanRow, ViewRow

__all__ = [
    "AccountRow",
    "AlertRow",
    "ApprovalRow",
    "AuditEntryRow",
    "AuditHeadRow",
    "ChangeRow",
    "DatasetVersionRow",
    "DecisionRow",
    "DeliveryRow",
    "DeploymentRow",
    "DriftAlarmRow",
    "ExchangeJobRow",
    "HolderRow",
    "HolderWordRow",
    "IdempotencyKeyRow",
    "JobRow",
    "KeyRow",
    "LabelExclusionRow",
    "LabelSetRow",
    "LabelTaskRow",
    "MarkRow",
    "OfficeRow",
    "OidcAttemptRow",
    "PictureRow",
    "RecordationRow",
    "RecusalRow",
    "RegistryRevision",
    "ReleaseRow",
    "RescreenHitRow",
    "ReviewRow",
    "SavedViewRow",
    "ScanRow",
    "SearchTermRow",
    "SeenRow",
    "SeenViewRow",
    "SelfTestRow",
    "SessionRow",
    "ShadowLookRow",
    "StationRow",
    "StatisticsDayRow",
    "SubscriptionRow",
    "Table",
    "TestParcelRow",
    "ThresholdsRow",
    "UtcDateTime",
    "VectorRow",
    "ViewRow",
    "ViewStatisticsRow",
]
