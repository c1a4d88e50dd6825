"""The tables, in types that SQLite and PostgreSQL both have. A change here needs a migration beside it."""

from service.tables.alerts import (
    AlertRow,
    DecisionRow,
    RecusalRow,
    SavedViewRow,
    SeenRow,
    TestParcelRow,
)
from service.tables.audit import AuditEntryRow, AuditHeadRow
from service.tables.base import Table, UtcDateTime
from service.tables.events import DeliveryRow, SubscriptionRow
from service.tables.exchange import ExchangeJobRow, ReviewRow
from service.tables.identity import AccountRow, KeyRow, OfficeRow, OidcAttemptRow, SessionRow, StationRow
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
    "AuditEntryRow",
    "AuditHeadRow",
    "ChangeRow",
    "DecisionRow",
    "DeliveryRow",
    "ExchangeJobRow",
    "HolderRow",
    "IdempotencyKeyRow",
    "KeyRow",
    "MarkRow",
    "OfficeRow",
    "OidcAttemptRow",
    "PictureRow",
    "RecordationRow",
    "RecusalRow",
    "RegistryRevision",
    "ReviewRow",
    "SavedViewRow",
    "ScanRow",
    "SearchTermRow",
    "SeenRow",
    "SelfTestRow",
    "SessionRow",
    "StationRow",
    "SubscriptionRow",
    "Table",
    "UtcDateTime",
    "VectorRow",
    "TestParcelRow",
    "ViewRow",
]
