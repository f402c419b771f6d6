"""Scheduled runs named by their reporting day and local time: `scheduled__2026-11-27__06:05`.

Airflow names the runs of a CronPartitionTimetable by the time in UTC and a random word. This one is registered by
plugins/run_names.py, without which no DAG that uses it can be read.
"""

from datetime import timedelta
from typing import Any, Final

from airflow.timetables.trigger import CronPartitionTimetable
from airflow.utils.strings import get_random_string
from airflow.utils.types import DagRunType

_HOUR: Final = timedelta(hours=1)


class NamedByDay(CronPartitionTimetable):  # type: ignore[misc]
    """A CronPartitionTimetable whose runs have other names; it is serialised in the same way.

    A backfill or a run by hand may be one of several of its day, so their names end in a random word.
    """

    def generate_run_id(
        self, *, run_type: DagRunType, run_after: Any, partition_key: str | None = None, **_others: Any
    ) -> str:
        """`run_after` is the moment of the tick, `partition_key` the day, or the week, that the run is for.

        A week has several runs, so their names include the day too: the scheduler fails on duplicate names.
        """
        local = run_after.in_timezone(self._timezone)
        day = local.strftime("%Y-%m-%d")
        name = day if partition_key in (None, day) else f"{partition_key}__{day}"
        name += f"__{local.strftime('%H:%M')}"
        if self._is_said_twice(run_after):
            name += local.strftime("%z")
        if run_type != DagRunType.SCHEDULED:
            name += f"__{get_random_string()}"
        return str(run_type.generate_run_id(suffix=name))

    def _is_said_twice(self, moment: Any) -> bool:
        """True if local clocks show this time twice, in the night when they go back."""
        shown = [(moment + step).in_timezone(self._timezone).strftime("%d %H:%M") for step in (-_HOUR, _HOUR)]
        return moment.in_timezone(self._timezone).strftime("%d %H:%M") in shown
