"""Photos: those that partners sent the addresses of are fetched when the briefing is out, in nobody's way."""

from datetime import timedelta

from airflow.sdk import DAG, get_current_context, task

from tasking.runtime import airflow as runtime
from tasking.runtime.airflow import DAY_FORMAT, DAY_PARAM
from tasking.runtime.airflow_timetable import NamedByDay

AT = "10 9 * * *"

with DAG(
    dag_id="photos",
    dag_display_name="Photos: fetched from partners",
    description="Fetches the photos that partners sent the addresses of, when the briefing is out",
    doc_md="""
At 09:10 the photos of new reports are fetched from the hosts that each feed declares (`photos` in
`include/feeds/<feed>.yml`). Each is decoded and written again, so that its position and everything else that came with
it is gone. What cannot be had is shown on its incident with the reason, and tried again the next night, seven nights at
most.

**If it fails** clear it: what is here is found here. A host that does not answer does not fail it. `tasking incidents
fetch-photos --day DAY` does the same from a shell.
""",
    schedule=NamedByDay(AT, timezone="Europe/London", key_format=DAY_FORMAT),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    default_args={"retries": 2, "retry_delay": timedelta(seconds=60), "execution_timeout": timedelta(minutes=60)},
    params={"day": DAY_PARAM},
    tags=["photos"],
):

    @task
    def fetch() -> None:
        from tasking import casefile

        day = runtime.day_of(get_current_context())
        names = runtime.partnerships() or [None]
        runtime.for_each(names, lambda services: casefile.fetch_photos(services.casefile, day))

    fetch()
