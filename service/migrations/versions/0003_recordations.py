"""Marks belong to recordations of right holders; each change is kept. Marks of before get a recordation of their own.

Revision ID: 0003
Revises: 0002
"""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True)
NEW_COLUMNS = ("recordation_id", "position", "live", "since", "until", "document")
JURISDICTION, PROFILE = "CN", "cn-2024"


def upgrade() -> None:
    """Make the tables, then give each mark a recordation, in force without an end."""
    _holders()
    _recordations()
    _found_by()
    _changes()
    with op.batch_alter_table("marks") as marks:
        marks.add_column(sa.Column("recordation_id", sa.String(64), nullable=True))
        marks.add_column(sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
        marks.add_column(sa.Column("live", sa.Boolean(), nullable=False, server_default=sa.false()))
        marks.add_column(sa.Column("since", MOMENT, nullable=True))
        marks.add_column(sa.Column("until", MOMENT, nullable=True))
        marks.add_column(sa.Column("document", DOCUMENT, nullable=False, server_default="{}"))
    with op.batch_alter_table("mark_pictures") as pictures:
        pictures.add_column(sa.Column("purpose", sa.String(16), nullable=False, server_default="registered"))
    op.execute(sa.text("UPDATE mark_pictures SET purpose = 'product' WHERE kind = 'photo'"))
    _record_old_marks()
    with op.batch_alter_table("marks") as marks:
        marks.alter_column("recordation_id", nullable=False)
        marks.alter_column("position", server_default=None)
        marks.alter_column("live", server_default=None)
        marks.alter_column("document", server_default=None)
        marks.create_foreign_key(
            "fk_marks_recordation_id_recordations", "recordations", ["recordation_id"], ["id"]
        )
        marks.create_index("ix_marks_recordation_id", ["recordation_id"])
    with op.batch_alter_table("alerts") as alerts:
        alerts.add_column(sa.Column("recordation_id", sa.String(64), nullable=True))
        alerts.add_column(sa.Column("snapshot", DOCUMENT, nullable=True))


def downgrade() -> None:
    """Forget recordations; marks that are not matched stay as removed ones."""
    op.execute(sa.text("UPDATE marks SET removed = (NOT live)"))
    op.execute(sa.text("DELETE FROM mark_pictures WHERE mark_id IN (SELECT mark_id FROM marks WHERE removed)"))
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_column("recordation_id")
        alerts.drop_column("snapshot")
    with op.batch_alter_table("mark_pictures") as pictures:
        pictures.drop_column("purpose")
    with op.batch_alter_table("marks") as marks:
        marks.drop_index("ix_marks_recordation_id")
        marks.drop_constraint("fk_marks_recordation_id_recordations", type_="foreignkey")
        for name in NEW_COLUMNS:
            marks.drop_column(name)
    for name in ("registry_changes", "search_terms", "recordations", "holders"):
        op.drop_table(name)


def _holders() -> None:
    op.create_table(
        "holders",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(500), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_holders"),
        sa.UniqueConstraint("name", "country", name="uq_holders_name_country"),
    )


def _recordations() -> None:
    op.create_table(
        "recordations",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("number", sa.String(64), nullable=True),
        sa.Column("jurisdiction", sa.String(2), nullable=False),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("right_type", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("holder_id", sa.String(64), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("refusal_reason", sa.String(64), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(4000), nullable=True),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recordations"),
        sa.UniqueConstraint("jurisdiction", "number", name="uq_recordations_jurisdiction_number"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_recordations_holder_id_holders"),
    )
    op.create_index("ix_recordations_holder_id", "recordations", ["holder_id"])
    op.create_index("ix_recordations_status_valid_to", "recordations", ["status", "valid_to"])


def _found_by() -> None:
    op.create_table(
        "search_terms",
        sa.Column("field", sa.String(16), nullable=False),
        sa.Column("term", sa.String(128), nullable=False),
        sa.Column("recordation_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("field", "term", "recordation_id", name="pk_search_terms"),
        sa.ForeignKeyConstraint(
            ["recordation_id"], ["recordations.id"], name="fk_search_terms_recordation_id_recordations"
        ),
    )
    op.create_index("ix_search_terms_recordation_id", "search_terms", ["recordation_id"])


def _changes() -> None:
    op.create_table(
        "registry_changes",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("officer", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("object_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(4000), nullable=True),
        sa.Column("before", DOCUMENT, nullable=True),
        sa.Column("after", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registry_changes"),
    )
    op.create_index("ix_registry_changes_revision", "registry_changes", ["revision"])
    op.create_index(
        "ix_registry_changes_kind_object_id_revision", "registry_changes", ["kind", "object_id", "revision"]
    )


def _record_old_marks() -> None:
    """One right holder per name, one recordation per mark: approved on the day the mark was last changed."""
    connection = op.get_bind()
    marks = connection.execute(
        sa.text("SELECT mark_id, title, holder, removed, revision, changed_at FROM marks ORDER BY mark_id")
    ).all()
    holders = {name: f"holder_old{number:09}" for number, name in enumerate(sorted({mark.holder for mark in marks}))}
    now = datetime.now(UTC)
    for name, holder_id in holders.items():
        _insert(connection, "holders", id=holder_id, name=name, country="", document={}, version=1,
                created_at=now, updated_at=now)
    for number, mark in enumerate(marks):
        _record(connection, mark, f"recordation_old{number:09}", f"entry_old{number:09}", holders[mark.holder], now)


def _record(
    connection: sa.Connection, mark: Any, recordation_id: str, number: str, holder_id: str, now: datetime
) -> None:
    changed = mark.changed_at
    day = (datetime.fromisoformat(changed) if isinstance(changed, str) else changed).date()
    status = "cancelled" if mark.removed else "approved"
    ended = day if mark.removed else None
    _insert(
        connection, "recordations", id=recordation_id, number=number, jurisdiction=JURISDICTION, profile=PROFILE,
        right_type="trademark", status=status, holder_id=holder_id, decided_on=day, valid_from=day, ended_on=ended,
        document={}, version=1, revision=mark.revision, created_at=now, updated_at=now,
    )
    since = datetime(day.year, day.month, day.day, tzinfo=UTC)
    connection.execute(
        sa.text("UPDATE marks SET recordation_id = :r, live = :live, since = :since WHERE mark_id = :m").bindparams(
            sa.bindparam("r", recordation_id), sa.bindparam("live", not mark.removed, sa.Boolean()),
            sa.bindparam("since", since, MOMENT), sa.bindparam("m", mark.mark_id),
        )
    )
    for term in {mark.title.casefold(), *mark.title.casefold().split()}:
        _insert(connection, "search_terms", field="word", term=term[:128], recordation_id=recordation_id)
    pictures = connection.execute(
        sa.text("SELECT sha256, kind, purpose, name, size FROM mark_pictures WHERE mark_id = :m ORDER BY position"),
        {"m": mark.mark_id},
    ).mappings().all()
    procedure = {"status": status, "decided_on": day.isoformat(), "valid_from": day.isoformat(),
                 "ended_on": None if ended is None else ended.isoformat()}
    state = {
        "id": recordation_id, "version": 1, "jurisdiction": JURISDICTION, "profile": PROFILE, "holder_id": holder_id,
        "holder": mark.holder, "procedure": procedure, "content": {"number": number},
        "marks": [] if mark.removed else [
            {"mark_id": mark.mark_id, "title": mark.title, "pictures": [dict(picture) for picture in pictures],
             "live": True, "since": since.isoformat(), "until": None}
        ],
    }
    _insert(connection, "registry_changes", id=f"change_old_{recordation_id}"[:64], revision=mark.revision, at=now,
            officer="migration", kind="recordation", object_id=recordation_id, action="entered", after=state)


def _insert(connection: sa.Connection, table: str, **values: Any) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f":{name}" for name in values)
    statement = sa.text(f"INSERT INTO {table} ({names}) VALUES ({places})")  # noqa: S608 - names are constants here
    connection.execute(statement.bindparams(*(sa.bindparam(n, v, _type(v)) for n, v in values.items())))


def _type(value: object) -> Any:
    if isinstance(value, datetime):
        return MOMENT
    if isinstance(value, date):
        return sa.Date()
    return sa.JSON() if isinstance(value, dict) else None
