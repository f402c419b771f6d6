"""The weekly alert: groups to review, what has stalled or waits, before and after, feeds that owe us."""

from datetime import timedelta

from airflow.sdk import DAG, get_current_context, task

from tasking.runtime import airflow as runtime
from tasking.runtime.airflow import WEEK_FORMAT, WEEK_PARAM, daily_at


def weekly_task_and_finish() -> None:
    partnership, _ = runtime.declared()
    weekly_at = partnership.meeting.weekly_at

    with DAG(
        dag_id="weekly_task_and_finish",
        dag_display_name="Task-and-finish: the weekly alert",
        description="Posts once a week what the groups are doing",
        doc_md=f"""
At {weekly_at:%H:%M} from Monday to Friday. It posts one message a week, on the first meeting day of the week (Tuesday
after a bank holiday). On the other days it finds the message there, or posts it late if the first run failed. The
message says which groups are due for review, what has stalled, which proposals need a decision, what each group
achieved, which feeds are missing, and how many of each rule's proposals were approved.

**If it fails** a channel did not respond. Clear the task: it checks whether the message is there before it sends
anything. To see the message: `tasking weekly --week 2026-W44`.
""",
        schedule=daily_at(weekly_at, partnership, "1-5", WEEK_FORMAT),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=2),
        default_args={"retries": 10, "retry_delay": timedelta(seconds=60), "execution_timeout": timedelta(minutes=10)},
        params={"week": WEEK_PARAM},
        tags=["task-and-finish"],
    ):

        @task
        def post_weekly() -> None:
            from tasking import flows

            for line in flows.weekly_alert(runtime.services(), runtime.week_of(get_current_context())):
                runtime.log.info(line)

        post_weekly()


if not runtime.partnerships():
    weekly_task_and_finish()
