"""Pictures of marks have a kind: artwork, as all were until now, or a photograph of the genuine goods.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the kind to pictures, and to what identifies their vectors."""
    with op.batch_alter_table("mark_pictures") as pictures:
        pictures.add_column(_kind())
    with op.batch_alter_table("picture_vectors", recreate="always") as vectors:
        vectors.add_column(_kind())
        vectors.drop_constraint("pk_picture_vectors", type_="primary")
        vectors.create_primary_key("pk_picture_vectors", ["sha256", "kind", "embedder"])


def downgrade() -> None:
    """Forget the photographs, and the kind."""
    for table in ("picture_vectors", "mark_pictures"):
        op.execute(sa.text(f"DELETE FROM {table} WHERE kind <> 'artwork'"))  # noqa: S608 - two constants
    with op.batch_alter_table("picture_vectors", recreate="always") as vectors:
        vectors.drop_constraint("pk_picture_vectors", type_="primary")
        vectors.drop_column("kind")
        vectors.create_primary_key("pk_picture_vectors", ["sha256", "embedder"])
    with op.batch_alter_table("mark_pictures") as pictures:
        pictures.drop_column("kind")


def _kind() -> sa.Column[str]:
    return sa.Column("kind", sa.String(16), nullable=False, server_default="artwork")
