"""Every night, what is older than it may be goes: each class of data as long as include/partnership.yml says."""

from datetime import timedelta

from airflow.sdk import DAG, get_current_context, task

from tasking.runtime import airflow as runtime
from tasking.runtime.airflow import DAY_FORMAT, DAY_PARAM
from tasking.runtime.airflow_timetable import NamedByDay

AT = "20 3 * * *"

with DAG(
    dag_id="housekeeping",
    dag_display_name="Housekeeping",
    description="Removes what is older than include/partnership.yml lets it be, of each class of data",
    doc_md="""
Every night at 03:20 each class of data is purged as `retention` in `include/partnership.yml` says: kept deliveries,
cells of held rows, who people are, reports, briefings, the log, messages where the channel lets us, and Airflow's
own runs and logs. What is under a legal hold stays. What went is in the log, as figures. What was read of reports is
read again where the declarations that it was read with have changed, so that no morning waits for it.

**If it fails** clear it: what is gone is found gone. *Airflow's tables*: is `TASKING_AIRFLOW_DATABASE_URL` set, and
does its user own the tables? `tasking purge` does the same from a shell. *Read again*: linking does what is left.
""",
    schedule=NamedByDay(AT, timezone="Europe/London", key_format=DAY_FORMAT),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args={"retries": 2, "retry_delay": timedelta(seconds=60), "execution_timeout": timedelta(hours=1)},
    params={"day": DAY_PARAM},
    tags=["housekeeping"],
):

    @task
    def purge() -> None:
        from tasking.privacy import retention

        day = runtime.day_of(get_current_context())
        names = runtime.partnerships() or [None]
        runtime.for_each(
            names, lambda services: [f"{n} {what}" for what, n in retention.purge(services.privacy, day).items()]
        )

    @task
    def read_again() -> None:
        """What was read of reports with declarations that have changed since."""
        from tasking.linkage import linking

        day = runtime.day_of(get_current_context())
        names = runtime.partnerships() or [None]
        runtime.for_each(names, lambda services: [f"{linking.read_again(services.linkage, day)} reports read again"])

    @task
    def purge_airflow() -> None:
        """Airflow's own runs and logs."""
        from tasking.runtime.housekeeping import purge_airflow

        for line in purge_airflow(runtime.day_of(get_current_context())):
            runtime.log.info(line)

    purge()
    read_again()
    purge_airflow()
