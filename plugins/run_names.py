"""Names runs by their reporting day and local time: tasking.runtime.airflow_timetable has the names.

Scheduled runs get theirs from the timetable, which every component of Airflow loads: a DAG with it cannot be stored or
scheduled without this plugin. Airflow itself names the runs that assets start, such as those of the briefing, by the
time in UTC and asks no timetable. So the scheduler, which makes them, is told their name as each run is made.
"""

import logging
import sys
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from tasking.runtime.airflow_timetable import NamedByDay, asset_run_id

log = logging.getLogger(__name__)


def name_asset_runs() -> None:
    """From now on, runs that assets start in this process are named by day and local time."""
    from airflow.models.dagrun import DagRun
    from sqlalchemy import event

    if not event.contains(DagRun, "init", put_name):
        event.listen(DagRun, "init", put_name)


def put_name(_run: Any, _positional: Any, named: dict[str, Any]) -> None:
    """Changes the `run_id` among the arguments that a run is made with. If anything is wrong, Airflow's own name stays:
    a run that is badly named is better than none."""
    try:
        named["run_id"] = asset_run_id(
            named["run_id"], named.get("run_type"), named.get("partition_key"), named.get("run_after"), _zone
        )
    except Exception:
        log.exception("a run keeps the name that Airflow gave it")


def _zone() -> Any:
    from run_notes import as_declared

    partnership, _ = as_declared()
    return partnership.zone


class RunNamesPlugin(AirflowPlugin):
    name = "tasking_run_names"
    timetables = [NamedByDay]  # noqa: RUF012

    @classmethod
    def on_load(cls, *_args: Any, **_kwargs: Any) -> None:
        """In a scheduler, names the runs that it makes."""
        if "scheduler" in sys.argv[1:3]:
            name_asset_runs()
