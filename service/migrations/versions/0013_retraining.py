"""The retraining loop: jobs, releases of models, labels, what past scans held, drift.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; past scans have neither vectors nor figures until they are looked at again."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("options", DOCUMENT, nullable=False),
        sa.Column("progress", DOCUMENT, nullable=False),
        sa.Column("result", DOCUMENT, nullable=True),
        sa.Column("message", sa.String(4000), nullable=True),
        sa.Column("owner", sa.String(64), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("cancel", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_kind_id", "jobs", ["kind", "id"])
    op.create_index("ix_jobs_state_id", "jobs", ["state", "id"])
    op.create_table(
        "model_releases",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("parent_id", sa.String(64), nullable=True),
        sa.Column("job_id", sa.String(64), nullable=True),
        sa.Column("bundles", DOCUMENT, nullable=False),
        sa.Column("gates", DOCUMENT, nullable=True),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model_releases"),
        sa.UniqueConstraint("digest", name="uq_model_releases_digest"),
    )
    op.create_table(
        "model_approvals",
        sa.Column("release_id", sa.String(64), nullable=False),
        sa.Column("officer", sa.String(128), nullable=False),
        sa.Column("approves", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("release_id", "officer", name="pk_model_approvals"),
        sa.ForeignKeyConstraint(["release_id"], ["model_releases.id"], name="fk_model_approvals_release_id_model_releases"),
    )
    op.create_table(
        "model_deployment",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("champion", sa.String(64), nullable=True),
        sa.Column("previous", sa.String(64), nullable=True),
        sa.Column("canary", sa.String(64), nullable=True),
        sa.Column("canary_terms", DOCUMENT, nullable=False),
        sa.Column("shadow", sa.String(64), nullable=True),
        sa.Column("shadow_terms", DOCUMENT, nullable=False),
        sa.Column("thresholds", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(128), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model_deployment"),
        sa.ForeignKeyConstraint(["canary"], ["model_releases.id"], name="fk_model_deployment_canary_model_releases"),
        sa.ForeignKeyConstraint(["champion"], ["model_releases.id"], name="fk_model_deployment_champion_model_releases"),
        sa.ForeignKeyConstraint(["previous"], ["model_releases.id"], name="fk_model_deployment_previous_model_releases"),
        sa.ForeignKeyConstraint(["shadow"], ["model_releases.id"], name="fk_model_deployment_shadow_model_releases"),
    )
    op.create_table(
        "thresholds",
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_thresholds"),
    )
    op.create_table(
        "shadow_looks",
        sa.Column("scan_id", sa.String(64), nullable=False),
        sa.Column("release_id", sa.String(64), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("scan_id", "release_id", name="pk_shadow_looks"),
        sa.ForeignKeyConstraint(["release_id"], ["model_releases.id"], name="fk_shadow_looks_release_id_model_releases"),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_shadow_looks_scan_id_scans"),
    )
    op.create_index("ix_shadow_looks_release_id_at", "shadow_looks", ["release_id", "at", "same"])
    op.create_table(
        "holder_words",
        sa.Column("alert_id", sa.String(64), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("reference", sa.String(500), nullable=False),
        sa.Column("entered_by", sa.String(128), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="pk_holder_words"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_holder_words_alert_id_alerts"),
    )
    op.create_table(
        "label_exclusions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("excluded_by", sa.String(128), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("lifted_by", sa.String(128), nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_label_exclusions"),
    )
    op.create_index("ix_label_exclusions_kind_subject", "label_exclusions", ["kind", "subject"])
    op.create_table(
        "label_tasks",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("scan_id", sa.String(64), nullable=False),
        sa.Column("view", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("sampler", sa.String(32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("claimed_by", sa.String(128), nullable=True),
        sa.Column("claim_until", MOMENT, nullable=True),
        sa.Column("answer", DOCUMENT, nullable=True),
        sa.Column("answered_by", sa.String(128), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_label_tasks"),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_label_tasks_scan_id_scans"),
        sa.UniqueConstraint("scan_id", "view", "place", name="uq_label_tasks_scan_id_view_place"),
    )
    op.create_index("ix_label_tasks_created_at", "label_tasks", ["created_at", "sampler"])
    op.create_index("ix_label_tasks_queue", "label_tasks", ["office", "state", "priority", "id"])
    op.create_table(
        "label_sets",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("licence", sa.String(200), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.String(128), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_label_sets"),
    )
    op.create_table(
        "dataset_versions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("manifest", sa.String(64), nullable=False),
        sa.Column("parent_id", sa.String(64), nullable=True),
        sa.Column("counts", DOCUMENT, nullable=False),
        sa.Column("card", sa.String(64), nullable=False),
        sa.Column("job_id", sa.String(64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dataset_versions"),
        sa.UniqueConstraint("manifest", name="uq_dataset_versions_manifest"),
    )
    op.create_table(
        "seen_views",
        sa.Column("scan_id", sa.String(64), nullable=False),
        sa.Column("view", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("embedder", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("scan_id", "view", "embedder", name="pk_seen_views"),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_seen_views_scan_id_scans"),
    )
    op.create_index("ix_seen_views_embedder_at", "seen_views", ["embedder", "at"])
    op.create_table(
        "rescreen_hits",
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("scan_id", sa.String(64), nullable=False),
        sa.Column("view", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("mark_id", sa.String(200), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("box", DOCUMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "scan_id", "view", "mark_id", name="pk_rescreen_hits"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_rescreen_hits_job_id_jobs"),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_rescreen_hits_scan_id_scans"),
    )
    op.create_table(
        "view_statistics",
        sa.Column("scan_id", sa.String(64), nullable=False),
        sa.Column("view", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("station", sa.String(64), nullable=False),
        sa.Column("modality", sa.String(16), nullable=False),
        sa.Column("release_id", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("brightness", sa.Double(), nullable=False),
        sa.Column("contrast", sa.Double(), nullable=False),
        sa.Column("sharpness", sa.Double(), nullable=False),
        sa.Column("saturation", sa.Double(), nullable=False),
        sa.Column("megapixels", sa.Double(), nullable=False),
        sa.Column("colour_map", sa.String(16), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("best_score", sa.Double(), nullable=False),
        sa.Column("likeness", sa.Double(), nullable=False),
        sa.Column("unmatched", sa.Boolean(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scan_id", "view", name="pk_view_statistics"),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_view_statistics_scan_id_scans"),
    )
    op.create_index("ix_view_statistics_modality_at", "view_statistics", ["modality", "at", "station"])
    op.create_index("ix_view_statistics_release_id", "view_statistics", ["release_id", "view"])
    op.create_table(
        "statistics_days",
        sa.Column("modality", sa.String(16), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("station", sa.String(64), nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("modality", "day", "station", "office", name="pk_statistics_days"),
    )
    op.create_table(
        "drift_alarms",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("metric", sa.String(32), nullable=False),
        sa.Column("modality", sa.String(16), nullable=False),
        sa.Column("office", sa.String(64), nullable=True),
        sa.Column("station", sa.String(64), nullable=True),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("limit", sa.Double(), nullable=False),
        sa.Column("hint", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("live", sa.String(400), nullable=True),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("acknowledged_by", sa.String(128), nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("note", sa.String(2000), nullable=True),
        sa.Column("over_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_drift_alarms"),
        sa.UniqueConstraint("live", name="uq_drift_alarms_live"),
    )
    op.create_index("ix_drift_alarms_state_raised_at", "drift_alarms", ["state", "raised_at"])


def downgrade() -> None:
    """Forget all of it."""
    op.drop_table("drift_alarms")
    op.drop_table("statistics_days")
    op.drop_table("view_statistics")
    op.drop_table("rescreen_hits")
    op.drop_table("seen_views")
    op.drop_table("dataset_versions")
    op.drop_table("label_sets")
    op.drop_table("label_tasks")
    op.drop_table("label_exclusions")
    op.drop_table("holder_words")
    op.drop_table("shadow_looks")
    op.drop_table("thresholds")
    op.drop_table("model_deployment")
    op.drop_table("model_approvals")
    op.drop_table("model_releases")
    op.drop_table("jobs")
