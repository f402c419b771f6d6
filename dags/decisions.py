"""Decisions in Airflow: what waits for the meeting stands under Required Actions, beside chat and the desk."""

from datetime import timedelta

from airflow.sdk import DAG, PartitionedAssetTimetable, get_current_context, task

from tasking.runtime import airflow as runtime
from tasking.runtime.airflow import DAY_PARAM, TO_DECIDE
from tasking.runtime.decision_operator import DecisionOperator


def decisions() -> None:
    with DAG(
        dag_id="task_and_finish_decisions",
        dag_display_name="Task-and-finish: decisions",
        description="Asks for a decision on each proposal",
        doc_md="""
Runs when a briefing has proposals that need a decision. Each one is a *Required Action*: approve, reject, or leave
it. You can also decide in chat, on the Tasking desk, or with `tasking triggers approve`. The first decision counts;
anybody who decides later is told who decided first. A proposal that nobody decides within the day is asked again with
the next briefing. Restricted matters are never listed here.

**If it fails** the answer may not have been stored. `tasking triggers explain ID` shows what is stored. Clear the
task to be asked again.
""",
        schedule=PartitionedAssetTimetable(assets=TO_DECIDE),
        catchup=False,
        max_active_runs=2,
        dagrun_timeout=timedelta(hours=24),
        default_args={"retries": 2, "retry_delay": timedelta(seconds=20)},
        params={"day": DAY_PARAM},
        tags=["task-and-finish"],
    ):

        @task(execution_timeout=timedelta(minutes=10))
        def waiting() -> list[str]:
            """The ids of the proposals that wait; nothing else of them is kept in Airflow."""
            from tasking import delivery

            return delivery.waiting_for_decision(runtime.services().delivery, runtime.day_of(get_current_context()))

        DecisionOperator.partial(task_id="decide", map_index_template="{{ task.proposal_id }}").expand(
            proposal_id=waiting()
        )


if not runtime.partnerships():
    decisions()
