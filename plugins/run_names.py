"""Names scheduled runs by their reporting day and local time: tasking.runtime.airflow_timetable has it.

Every component of Airflow loads it: a DAG with this timetable cannot be stored or scheduled without it.
"""

from airflow.plugins_manager import AirflowPlugin

from tasking.runtime.airflow_timetable import NamedByDay


class RunNamesPlugin(AirflowPlugin):
    name = "tasking_run_names"
    timetables = [NamedByDay]  # noqa: RUF012
