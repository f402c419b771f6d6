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
        description="Posts how the groups stand, once a week",
        doc_md=f"""
At {weekly_at:%H:%M} from Monday to Friday; what is posted is one message a week, on the week's first meeting day
(Tuesday after a bank holiday). The runs on the other days find it there, or post it late if the first one failed. It
says which groups are to be reviewed, what has stalled, which proposals wait, what came of each group, which partners'
feeds are missing, and how much of what each rule proposed was approved.

**If it fails** a channel did not answer. Clear the task: whether the message is there is asked before anything is sent
again. To see the alert: `tasking weekly --week 2026-W44`.
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
