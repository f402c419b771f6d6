"""Where one deployment serves several partnerships: one task a partnership and night, each failing for itself alone.

What feeds.py, daily_briefing.py, by_the_clock.py and weekly_task_and_finish.py are for one partnership. A task for
every feed and step of three hundred would be ten thousand tasks a night; so a partnership's night is one task, which
finds done what is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Param, PokeReturnValue, get_current_context, task

from tasking.runtime import airflow as runtime
from tasking.runtime.airflow import DAY_PARAM, LONG_RETRIES, POSTING_PARAM, WEEK_FORMAT, WEEK_PARAM, daily_at

if TYPE_CHECKING:
    from tasking.runtime.airflow_timetable import NamedByDay
    from tasking.services import Services

IN_A_GROUP = 25  # partnerships that one light task looks after

PARAMS = {
    "partnerships": Param(
        [], type="array", items={"type": "string"}, title="Partnerships", description="Their names; empty: all of them."
    ),
}
DEFAULTS = {"retries": 3, "retry_delay": timedelta(seconds=20), "execution_timeout": timedelta(minutes=15)}


@task
def partnerships() -> list[str]:
    """Whose night it is: names of folders under include/partnerships, nothing else."""
    return runtime.chosen_partnerships(get_current_context())


@task
def groups() -> list[list[str]]:
    names = runtime.chosen_partnerships(get_current_context())
    return [names[start : start + IN_A_GROUP] for start in range(0, len(names), IN_A_GROUP)]


def nights() -> None:
    declared, _ = runtime.declared()
    meeting = declared.meeting
    with DAG(
        dag_id="partnership_nights",
        dag_display_name="Briefings: every partnership's night",
        description="Makes and posts the briefing of one day, one task for each partnership",
        doc_md=f"""
From {meeting.feeds_asked_from:%H:%M} there is one task for each partnership. It looks for the partnership's feeds
until all have arrived or its cut-off has passed. Then it links reports, runs the trigger rules, makes the briefing
and posts it, once. If one partnership's task fails, the others go on.

**To start it by hand**, give the `day` and the `partnerships`. A second run of a day edits the message.

**If it fails**, look at the task that is red:
- *a partner is missing*: the briefing has been posted and names the partner. When the file is there, start this DAG
  with that `day` and partnership. The briefing is then edited.
- *a channel did not answer*: clear the task. It checks whether the message is there before it sends anything.
- *a promise is broken*: send the maintainers the output of `tasking --partnership NAME export ledger`.
- anything else: clear the task. What is already done is not done twice.
""",
        schedule=daily_at(meeting.feeds_asked_from, declared),
        catchup=False,
        max_active_runs=4,
        dagrun_timeout=timedelta(hours=6),
        default_args=DEFAULTS,
        params=PARAMS | {"day": DAY_PARAM, "posting": POSTING_PARAM},
        tags=["briefing"],
    ):

        @task.sensor(
            mode="reschedule", poke_interval=180, timeout=timedelta(hours=5).total_seconds(), **LONG_RETRIES,
            map_index_template="{{ task.op_kwargs['name'] }}",
        )  # fmt: skip
        def night(name: str) -> PokeReturnValue:
            from tasking import flows
            from tasking.briefing import versions
            from tasking.intake import polling

            context = get_current_context()
            day = runtime.day_of(context)
            services = runtime.services(name)
            receipts, failures = polling.receive_all(services.intake, day, is_only_for_missing=True)
            for receipt in receipts:
                runtime.log_receipt(receipt)
            if not polling.have_all_landed(services.intake, day) and services.clock() < services.partnership.due_at(
                day
            ):
                return PokeReturnValue(is_done=False)
            is_due, is_old_day_posted = runtime.posting_of(context, services.partnership)
            for line in flows.finish(services, day, is_posting=is_due, is_old_day_posted=is_old_day_posted):
                runtime.log.info(line)
            runtime.send_metrics(services, day)
            if failures:
                raise RuntimeError(f"a fault of ours lost {', '.join(failures)}; the briefing is out without it")
            if notices := versions.stored_briefing(services.briefings, day)[0].notices:
                runtime.fail_for_good(" / ".join(notices))
            return PokeReturnValue(is_done=True)

        night.expand(name=partnerships())


def looked_after(name: str, schedule: NamedByDay, step: Callable[[Services], Sequence[str]], **of_dag: Any) -> None:
    """A DAG that takes one light step for every partnership, some of them a task."""
    with DAG(
        dag_id=f"partnership_{name}",
        doc_md="""
Each task does this for some of the partnerships, and fails if it fails for one of them; the log names which. Clear the
task: what is already done is not done twice, and nothing is posted twice.
""",
        schedule=schedule,
        catchup=False,
        max_active_runs=1,
        **of_dag,
    ):

        @task(task_id=name)
        def each(names: list[str]) -> None:
            runtime.for_each(names, step)

        each.expand(names=groups())


def leave_message(services: Services) -> Sequence[str]:
    from tasking import delivery

    return delivery.schedule_deadline_alarm(services.delivery, runtime.next_day_of(get_current_context()))


def make_sure(services: Services) -> Sequence[str]:
    from tasking import flows

    return flows.ensure_posted(services, runtime.day_of(get_current_context()))


def post_weekly(services: Services) -> Sequence[str]:
    from tasking import flows

    return flows.weekly_alert(services, runtime.week_of(get_current_context()))


def by_the_clock() -> None:
    declared, _ = runtime.declared()
    meeting, patient = declared.meeting, {"retries": 10, "retry_delay": timedelta(seconds=60)}
    looked_after(
        "evenings_before",
        daily_at(meeting.deadline_alarm_set_at, declared),
        leave_message,
        dag_display_name="Briefings: the evening before, every partnership",
        description="Schedules the message that there is no briefing; posting the briefing deletes it",
        dagrun_timeout=timedelta(hours=2),
        default_args=DEFAULTS | patient,
        params=PARAMS | {"day": DAY_PARAM},
        tags=["briefing"],
    )
    looked_after(
        "last_looks",
        daily_at(meeting.fallback_at, declared),
        make_sure,
        dag_display_name="Briefings: the last look, every partnership",
        description="Checks that each briefing is there; if not, makes it or sends it by the fallback channels",
        dagrun_timeout=timedelta(minutes=30),
        default_args=DEFAULTS | {"retries": 2},
        params=PARAMS | {"day": DAY_PARAM},
        tags=["briefing"],
    )
    looked_after(
        "weeks",
        daily_at(meeting.weekly_at, declared, "1-5", WEEK_FORMAT),
        post_weekly,
        dag_display_name="Task-and-finish: the weekly alert, every partnership",
        description="Posts once a week what the groups are doing",
        dagrun_timeout=timedelta(hours=2),
        default_args=DEFAULTS | patient,
        params=PARAMS | {"week": WEEK_PARAM},
        tags=["task-and-finish"],
    )


if runtime.partnerships():
    nights()
    by_the_clock()
