"""The migrations, which travel with the package. Revisions are numbered: 0001, 0002, ..."""

from pathlib import Path

from alembic.config import Config


def alembic_config() -> Config:
    """Alembic's settings for these migrations; the caller puts a connection into `attributes`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
