"""What a station says of an X-ray scan whose file cannot say it.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for it; of older views nothing was said."""
    with op.batch_alter_table("scan_views") as views:
        views.add_column(sa.Column("sidecar", sa.Text()))


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("scan_views") as views:
        views.drop_column("sidecar")
