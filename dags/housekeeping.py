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
    description="Deletes data that is older than include/partnership.yml allows",
    doc_md="""
Every night at 03:20 this deletes what is older than `retention` in `include/partnership.yml` allows, for each class
of data: deliveries, cells of held rows, personal details, reports, briefings, the log, messages where the channel
allows it, and Airflow's own runs and logs. Anything under a legal hold is kept. The log says how much was deleted.
Reports that were read with older declarations are also read again, so that the morning does not have to wait for it.

**If it fails** clear the task: what is already deleted is not a problem. *Airflow's tables*: check that
`TASKING_AIRFLOW_DATABASE_URL` is set and that its user owns the tables. `tasking purge` does the same from a shell.
*Read again*: what is left is read when reports are next linked.
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
        from tasking.intake.place_names import rename_places
        from tasking.linkage.extraction import extract_outdated

        day = runtime.day_of(get_current_context())
        names = runtime.partnerships() or [None]
        runtime.for_each(
            names,
            lambda services: [
                f"{rename_places(services.intake)} reports with another name of their place",
                f"{extract_outdated(services.linkage, day)} reports read again",
            ],
        )

    @task
    def purge_airflow() -> None:
        """Airflow's own runs and logs."""
        from tasking.runtime.housekeeping import purge_airflow

        for line in purge_airflow(runtime.day_of(get_current_context())):
            runtime.log.info(line)

    purge()
    read_again()
    purge_airflow()
