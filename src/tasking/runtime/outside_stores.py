"""Where data about a person may be outside the warehouse: Airflow's logs and database, messages kept as files."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tasking.privacy.erasure import OutsideStores
from tasking.runtime.settings import Settings
from tasking.services import Services

_NOT_FOR_TASKS: Final = "airflow-db-not-allowed"  # what Airflow puts in the place of the address, in a task


def outside_stores(services: Services, settings: Settings, only_searched: Sequence[Path] = ()) -> OutsideStores:
    """The stores outside the warehouse on this machine: out/, the folder of messages, Airflow's logs and database.

    `only_searched`: back-ups and the like, which are searched and never changed.
    """
    folders = [settings.base / "out", settings.base / services.partnership.channels.folder]
    if logs := airflow_logs():
        folders.append(logs)
    database = airflow_database(settings)
    there = [folder for folder in dict.fromkeys(folders) if folder.is_dir()]
    apart = [one for one in there if not any(one != other and one.is_relative_to(other) for other in there)]
    return OutsideStores(apart, [database] if database else [], list(only_searched))


def airflow_logs() -> Path | None:
    """The folder of Airflow's logs."""
    home = os.environ.get("AIRFLOW_HOME")
    folder = os.environ.get("AIRFLOW__LOGGING__BASE_LOG_FOLDER") or (f"{home}/logs" if home else None)
    return Path(folder) if folder else None


def airflow_database(settings: Settings) -> str | None:
    """The URL of Airflow's own database; a task of Airflow gets it only by TASKING_AIRFLOW_DATABASE_URL."""
    if settings.airflow_database_url is not None:
        return settings.airflow_database_url.get_secret_value()
    url = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "")
    return url if url and not url.startswith(_NOT_FOR_TASKS) else None
