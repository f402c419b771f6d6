"""Which migration the tables are at, and bringing them up to the newest."""

from pathlib import Path

import sqlalchemy as sa


def migrate(engine: sa.Engine) -> None:
    """Applies the migrations that the tables lack, in one transaction."""
    if not needs_migration(engine):
        return
    # Alembic is imported where it is used: most starts find nothing to migrate.
    from alembic import command

    from tasking.warehouse.migrations import alembic_config

    config = alembic_config()
    with engine.execution_options(writing=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def needs_migration(engine: sa.Engine) -> bool:
    """True if the tables do not exist or are of an older version.

    Tables of a newer version are used as they are, so that a deployment can be upgraded during a night: migrations only
    add columns with defaults, and obsolete columns are dropped one version later.
    """
    found = revision_of(engine)
    return found is None or found < newest_revision()


def revision_of(engine: sa.Engine) -> str | None:
    """The migration that the tables are at; None if there are no tables."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def newest_revision() -> str:
    """The newest migration that this version of the code knows."""
    versions = Path(__file__).parent / "migrations" / "versions"
    return max(path.name.split("_")[0] for path in versions.glob("[0-9]*.py"))
