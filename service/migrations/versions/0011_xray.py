"""Views of scans are photographs, as all were until now, or X-ray scans.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say of each view what it is."""
    with op.batch_alter_table("scan_views") as views:
        views.add_column(sa.Column("modality", sa.String(16), nullable=False, server_default="photo"))


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("scan_views") as views:
        views.drop_column("modality")
