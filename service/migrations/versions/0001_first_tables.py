"""First tables: registry, scans, alerts, decisions.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make all tables and the registry's one revision row."""
    _registry()
    _scans()
    _alerts()


def downgrade() -> None:
    """Drop all tables."""
    for name in (
        "decisions",
        "alerts",
        "scan_views",
        "scans",
        "picture_vectors",
        "mark_pictures",
        "marks",
        "registry_revision",
    ):
        op.drop_table(name)


def _registry() -> None:
    revisions = op.create_table(
        "registry_revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registry_revision"),
    )
    op.bulk_insert(revisions, [{"id": 1, "value": 0}])
    op.create_table(
        "marks",
        sa.Column("mark_id", sa.String(200), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("holder", sa.String(500), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("mark_id", name="pk_marks"),
    )
    op.create_index("ix_marks_revision", "marks", ["revision"])
    op.create_table(
        "mark_pictures",
        sa.Column("mark_id", sa.String(200), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark_id", "position", name="pk_mark_pictures"),
        sa.ForeignKeyConstraint(["mark_id"], ["marks.mark_id"], name="fk_mark_pictures_mark_id_marks"),
    )
    op.create_index("ix_mark_pictures_sha256", "mark_pictures", ["sha256"])
    op.create_table(
        "picture_vectors",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("embedder", sa.String(64), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "embedder", name="pk_picture_vectors"),
    )


def _scans() -> None:
    op.create_table(
        "scans",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("station", sa.String(64), nullable=False),
        sa.Column("parcel", sa.String(128), nullable=False),
        sa.Column("views_digest", sa.String(64), nullable=False),
        sa.Column("captured_at", MOMENT, nullable=True),
        sa.Column("declaration", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("inspected_at", MOMENT, nullable=True),
        sa.Column("verdict", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_scans"),
        sa.UniqueConstraint("station", "parcel", "views_digest", name="uq_scans_station_parcel_views_digest"),
    )
    op.create_index("ix_scans_parcel", "scans", ["parcel"])
    op.create_index("ix_scans_state", "scans", ["state"])
    op.create_table(
        "scan_views",
        sa.Column("scan_id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scan_id", "position", name="pk_scan_views"),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_scan_views_scan_id_scans"),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("scan_id", sa.String(64), nullable=False),
        sa.Column("station", sa.String(64), nullable=False),
        sa.Column("parcel", sa.String(128), nullable=False),
        sa.Column("mark_id", sa.String(200), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("holder", sa.String(500), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("sightings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_alerts_scan_id_scans"),
        sa.UniqueConstraint("scan_id", "holder", name="uq_alerts_scan_id_holder"),
    )
    op.create_index("ix_alerts_holder", "alerts", ["holder"])
    op.create_index("ix_alerts_status_id", "alerts", ["status", "id"])
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("alert_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("officer", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=True),
        sa.Column("mark_id", sa.String(200), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_decisions_alert_id_alerts"),
        sa.ForeignKeyConstraint(["mark_id"], ["marks.mark_id"], name="fk_decisions_mark_id_marks"),
        sa.UniqueConstraint("alert_id", name="uq_decisions_alert_id"),
    )
