"""Scans are answered once and in time; stations have terms; keys make posting repeatable.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True)
MOMENT = sa.DateTime(timezone=True)
UNANSWERED = sa.text("answered_at IS NULL AND answer_by IS NOT NULL")
SCAN_COLUMNS = (
    ("leased_until", MOMENT),
    ("answer_by", MOMENT),
    ("answer", sa.String(16)),
    ("decided_by", sa.String(16)),
    ("answered_at", MOMENT),
)
DECISION = {"sqlite": "json_extract(verdict, '$.decision')", "postgresql": "verdict ->> 'decision'"}


def upgrade() -> None:
    """What was inspected before was answered by the models when it was inspected."""
    with op.batch_alter_table("scans") as table:
        table.add_column(sa.Column("lane", sa.String(16), nullable=False, server_default="live"))
        for name, kind in SCAN_COLUMNS:
            table.add_column(sa.Column(name, kind, nullable=True))
    decision = DECISION[op.get_bind().dialect.name]
    op.execute(
        f"UPDATE scans SET answer = {decision}, decided_by = 'model', answered_at = inspected_at "
        "WHERE state = 'done' AND verdict IS NOT NULL"
    )
    op.create_index(
        "ix_scans_unanswered", "scans", ["answer_by"], sqlite_where=UNANSWERED, postgresql_where=UNANSWERED
    )
    op.create_index("ix_alerts_parcel", "alerts", ["office", "parcel"])
    with op.batch_alter_table("scan_views") as table:
        table.add_column(sa.Column("image_id", sa.String(200), nullable=True))
        table.add_column(sa.Column("name", sa.String(64), nullable=True))
    with op.batch_alter_table("stations") as table:
        table.add_column(sa.Column("answer_within_ms", sa.Integer(), nullable=True))
        table.add_column(sa.Column("failing", sa.String(16), nullable=False, server_default="fail_closed"))
        table.add_column(sa.Column("failing_by_mode", DOCUMENT, nullable=True))
        table.add_column(sa.Column("officer_answers", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("heartbeat_at", MOMENT, nullable=True))
        table.add_column(sa.Column("heartbeat", DOCUMENT, nullable=True))
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("scan_id", sa.String(64), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", name="pk_idempotency_keys"),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_idempotency_keys_scan_id_scans"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def downgrade() -> None:
    """Forget what stations were answered, and their terms."""
    op.drop_table("idempotency_keys")
    with op.batch_alter_table("stations") as table:
        for name in ("answer_within_ms", "failing", "failing_by_mode", "officer_answers", "heartbeat_at", "heartbeat"):
            table.drop_column(name)
    with op.batch_alter_table("scan_views") as table:
        table.drop_column("image_id")
        table.drop_column("name")
    op.drop_index("ix_alerts_parcel", "alerts")
    op.drop_index("ix_scans_unanswered", "scans")
    with op.batch_alter_table("scans") as table:
        for name in ("lane", *(name for name, _ in SCAN_COLUMNS)):
            table.drop_column(name)
