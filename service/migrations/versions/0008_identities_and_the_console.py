"""Offices, accounts, sessions and keys; alerts that are claimed, undone and approved.

Revision ID: 0008
Revises: 0007
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True)
MOMENT = sa.DateTime(timezone=True)
STANDS = sa.text("state IN ('standing', 'proposed')")
ALERT_INDEXES = {
    "ix_alerts_worklist": ["office", "status", "leads", "tier", "due_at", "priority", "id"],
    "ix_alerts_worklist_all": ["status", "leads", "tier", "due_at", "priority", "id"],
    "ix_alerts_worklist_mark": ["office", "status", "mark_id", "tier", "due_at"],
    "ix_alerts_worklist_holder": ["office", "status", "holder", "tier", "due_at"],
    "ix_alerts_worklist_station": ["office", "status", "station", "tier", "due_at"],
    "ix_alerts_claims": ["claimed_by", "claim_until"],
    "ix_alerts_double_of": ["double_of"],
    "ix_alerts_group": ["group_key", "status"],
}
DECISION_INDEXES = {
    "ix_decisions_alert_id": ["alert_id"],
    "ix_decisions_mark": ["office", "alert_mark", "decided_at", "state", "test", "action"],
    "ix_decisions_band": ["office", "band", "decided_at", "state", "test", "action"],
    "ix_decisions_overview": [
        "decided_at",
        "office",
        "state",
        "test",
        "action",
        "reason_code",
        "alert_mark",
        "station",
        "model",
        "seconds",
        "test_right",
    ],
    "ix_decisions_batch": ["batch"],
}
ALERT_COLUMNS = (
    ("office", sa.String(64), "main"),
    ("tier", sa.Integer(), "1"),
    ("priority", sa.Integer(), "500"),
    ("leads", sa.Boolean(), sa.text("true")),
)
ALERT_EMPTY = (
    ("group_key", sa.String(64)),
    ("claimed_by", sa.String(128)),
    ("claimed_at", MOMENT),
    ("claim_until", MOMENT),
    ("note", sa.String(2000)),
    ("test_answer", sa.String(16)),
    ("double_of", sa.String(64)),
)
DECISION_COLUMNS = (
    ("state", sa.String(16), "standing"),
    ("office", sa.String(64), "main"),
    ("alert_mark", sa.String(200), ""),
    ("station", sa.String(64), ""),
    ("band", sa.Integer(), "0"),
    ("model", sa.String(64), ""),
    ("test", sa.Boolean(), sa.text("false")),
)
DECISION_EMPTY: Sequence[tuple[str, Any]] = (
    ("reason_code", sa.String(64)),
    ("correction", DOCUMENT),
    ("batch", sa.String(64)),
    ("effective_at", MOMENT),
    ("second", sa.String(128)),
    ("second_at", MOMENT),
    ("undone_at", MOMENT),
    ("seconds", sa.Double()),
    ("test_right", sa.Boolean()),
)


def upgrade() -> None:
    """Make the tables of identities; what was decided before stands, in the first office."""
    _identities()
    with op.batch_alter_table("scans") as table:
        table.add_column(sa.Column("office", sa.String(64), nullable=False, server_default="main"))
    with op.batch_alter_table("alerts") as table:
        _add(table, ALERT_COLUMNS, ALERT_EMPTY)
        table.add_column(sa.Column("due_at", MOMENT, nullable=True))
    op.execute("UPDATE alerts SET due_at = created_at")
    with op.batch_alter_table("alerts") as table:
        table.alter_column("due_at", existing_type=MOMENT, nullable=False)
    with op.batch_alter_table("decisions") as table:
        _add(table, DECISION_COLUMNS, DECISION_EMPTY)
        table.drop_constraint("uq_decisions_alert_id", type_="unique")
    op.execute(
        "UPDATE decisions SET effective_at = decided_at, "
        "station = (SELECT station FROM alerts WHERE alerts.id = alert_id), "
        "alert_mark = (SELECT mark_id FROM alerts WHERE alerts.id = alert_id)"
    )
    for name, columns in ALERT_INDEXES.items():
        op.create_index(name, "alerts", columns)
    for name, columns in DECISION_INDEXES.items():
        op.create_index(name, "decisions", columns)
    op.create_index(
        "uq_decisions_standing", "decisions", ["alert_id"], unique=True, sqlite_where=STANDS, postgresql_where=STANDS
    )
    _officers()


def downgrade() -> None:
    """Forget the identities, what was undone or only proposed, and which office it was."""
    for name in ("oidc_attempts", "test_parcels", "saved_views", "recusals", "alerts_seen", "keys", "sessions", "accounts", "stations", "offices"):
        op.drop_table(name)
    op.execute("UPDATE alerts SET status = 'open' WHERE status = 'proposed'")
    op.execute("DELETE FROM decisions WHERE state <> 'standing'")
    op.drop_index("uq_decisions_standing", "decisions")
    for name in DECISION_INDEXES:
        op.drop_index(name, "decisions")
    for name in ALERT_INDEXES:
        op.drop_index(name, "alerts")
    with op.batch_alter_table("decisions") as table:
        _drop(table, (*DECISION_COLUMNS, *DECISION_EMPTY))
        table.create_unique_constraint("uq_decisions_alert_id", ["alert_id"])
    with op.batch_alter_table("alerts") as table:
        _drop(table, (*ALERT_COLUMNS, *ALERT_EMPTY, ("due_at",)))
    with op.batch_alter_table("scans") as table:
        table.drop_column("office")


def _add(table: BatchOperations, filled: Sequence[tuple[Any, ...]], empty: Sequence[tuple[Any, ...]]) -> None:
    for name, kind, default in filled:
        table.add_column(sa.Column(name, kind, nullable=False, server_default=default))
    for name, kind in empty:
        table.add_column(sa.Column(name, kind, nullable=True))


def _drop(table: BatchOperations, columns: Sequence[tuple[Any, ...]]) -> None:
    for name, *_ in columns:
        table.drop_column(name)


def _identities() -> None:
    offices = op.create_table(
        "offices",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_offices"),
    )
    op.bulk_insert(offices, [{"id": "main", "name": "Main office"}])
    op.create_table(
        "stations",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_stations"),
        sa.ForeignKeyConstraint(["office"], ["offices.id"], name="fk_stations_office_offices"),
    )
    op.create_index("ix_stations_office", "stations", ["office"])
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("display", sa.String(200), nullable=False),
        sa.Column("password", sa.String(200), nullable=True),
        sa.Column("subject", sa.String(500), nullable=True),
        sa.Column("roles", DOCUMENT, nullable=False),
        sa.Column("office", sa.String(64), nullable=True),
        sa.Column("station", sa.String(64), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", MOMENT, nullable=True),
        sa.Column("preferences", DOCUMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
        sa.UniqueConstraint("subject", name="uq_accounts_subject"),
        sa.ForeignKeyConstraint(["office"], ["offices.id"], name="fk_accounts_office_offices"),
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_sessions"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_sessions_account_id_accounts"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_table(
        "oidc_attempts",
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("verifier", sa.String(64), nullable=False),
        sa.Column("target", sa.String(4096), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("state", name="pk_oidc_attempts"),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("vouches", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.UniqueConstraint("hash", name="uq_keys_hash"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_keys_account_id_accounts"),
    )
    op.create_index("ix_keys_account_id", "keys", ["account_id"])


def _officers() -> None:
    """What officers keep beside an alert."""
    op.create_table(
        "alerts_seen",
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("alert_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "alert_id", name="pk_alerts_seen"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_alerts_seen_account_id_accounts"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_alerts_seen_alert_id_alerts"),
    )
    op.create_table(
        "test_parcels",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("office", sa.String(64), nullable=True),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_test_parcels"),
    )
    op.create_table(
        "recusals",
        sa.Column("alert_id", sa.String(64), nullable=False),
        sa.Column("officer", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "officer", name="pk_recusals"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_recusals_alert_id_alerts"),
    )
    op.create_table(
        "saved_views",
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("filters", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name", name="pk_saved_views"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_saved_views_account_id_accounts"),
    )
