"""Runs migrations over the connection that the warehouse opened."""

from alembic import context

from tasking.warehouse.tables import metadata

_LOCK = 7_425_501  # any number, the same in every process that migrates


def run() -> None:
    connection = context.config.attributes["connection"]
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=False)
    context.run_migrations()


run()
