"""The self-test of each mark is kept; what changed since a revision is found by an index.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "mark_self_tests",
        sa.Column("mark_id", sa.String(200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("embedder", sa.String(64), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mark_id", name="pk_mark_self_tests"),
        sa.ForeignKeyConstraint(["mark_id"], ["marks.mark_id"], name="fk_mark_self_tests_mark_id_marks"),
    )


    op.create_index("ix_recordations_revision", "recordations", ["revision"])


def downgrade() -> None:
    """Forget the self-tests."""
    op.drop_index("ix_recordations_revision", "recordations")
    op.drop_table("mark_self_tests")
