"""Runs named by their reporting day and local time: `scheduled__2026-11-27__06:05`.

Airflow names the runs of a CronPartitionTimetable by the time in UTC and a random word. This one is registered by
plugins/run_names.py, without which no DAG that uses it can be read; so are the names of runs that assets start.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from airflow.timetables.trigger import CronPartitionTimetable
from airflow.utils.strings import get_random_string
from airflow.utils.types import DagRunType

_HOUR: Final = timedelta(hours=1)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def asset_run_id(
    given: str, run_type: Any, partition_key: str | None, run_after: datetime | None, zone: Callable[[], tzinfo]
) -> str:
    """`asset_triggered__2026-11-27__06:31:12__k3Fa` for a run that assets started for a day; any other name as given.

    A day may have several such runs, so their names end in a random word.
    """
    is_of_day = partition_key is not None and _DAY.fullmatch(partition_key) is not None
    if run_type != DagRunType.ASSET_TRIGGERED or not is_of_day or run_after is None:
        return given
    return _named(DagRunType.ASSET_TRIGGERED, str(partition_key), run_after, zone())


def manual_run_id(day: str, now: datetime, zone: tzinfo) -> str:
    """`manual__2026-11-27__08:12:40__k3Fa` for a run of a day that somebody starts on the Tasking desk."""
    return _named(DagRunType.MANUAL, day, now, zone)


def _named(run_type: DagRunType, day: str, moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    name = f"{day}__{local:%H:%M:%S}"
    if f"{local:%Y-%m-%d}" != day:
        name = f"{day}__at__{local:%Y-%m-%d}__{local:%H:%M:%S}"  # for another day than the one on which it runs
    return str(run_type.generate_run_id(suffix=f"{name}__{get_random_string(4)}"))


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
