"""Runs the migrations on the connection that `Database.migrate` hands over; there is no offline mode."""

from alembic import context

from service.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
