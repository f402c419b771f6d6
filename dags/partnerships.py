"""Where one deployment serves several partnerships: one task a partnership and night, each failing for itself alone.

What feeds.py, daily_briefing.py, by_the_clock.py and weekly_task_and_finish.py are for one partnership. A task for
every feed and step of three hundred would be ten thousand tasks a night; so a partnership's night is one task, which
finds done what is done.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronPartitionTimetable, Param, PokeReturnValue, get_current_context, task

from tasking.runtime import airflow as desk_in_airflow
from tasking.runtime.airflow import DAY_FORMAT, DAY_PARAM, WEEK_FORMAT

IN_A_GROUP = 25  # partnerships that one light task looks after

PARAMS = {
    "day": DAY_PARAM,
    "partnerships": Param(
        [], type="array", items={"type": "string"}, title="Partnerships", description="Their names; empty: all of them."
    ),
}
DEFAULTS = {"retries": 3, "retry_delay": timedelta(seconds=20), "execution_timeout": timedelta(minutes=15)}


@task
def partnerships() -> list[str]:
    """Whose night it is: names of folders under include/partnerships, nothing else."""
    return desk_in_airflow.chosen(get_current_context())


@task
def groups() -> list[list[str]]:
    names = desk_in_airflow.chosen(get_current_context())
    return [names[start : start + IN_A_GROUP] for start in range(0, len(names), IN_A_GROUP)]


def nights() -> None:
    declared, _ = desk_in_airflow.declared()
    meeting = declared.meeting
    with DAG(
        dag_id="partnership_nights",
        dag_display_name="Briefings: every partnership's night",
        description="Receive, link, trigger, brief and post one reporting day, a partnership a task",
        doc_md=f"""
From {meeting.feeds_asked_from:%H:%M} each partnership's task asks its feeds, again and again until all have landed or
its own cut-off has come; then it links, runs the trigger rules, makes the briefing and posts it, once. One
partnership's failure is its own.

**Started by hand or by a push:** `day`, and the `partnerships` it is for. A second run of a day edits what was posted.

**If a task fails**
- *a partner is missing*: the briefing is out and names it. When the file is there, start this DAG with that `day` and
  partnership; the briefing is edited.
- *a channel did not answer*: clear it; whether the message is there is asked before anything is sent again.
- *a promise is broken*: tell the maintainers, with `tasking --partnership NAME export ledger`.
- anything else: clear it; each step finds what is done.
""",
        schedule=CronPartitionTimetable(
            f"{meeting.feeds_asked_from.minute} {meeting.feeds_asked_from.hour} * * *",
            timezone=declared.timezone,
            key_format=DAY_FORMAT,
        ),
        catchup=False,
        max_active_runs=4,
        dagrun_timeout=timedelta(hours=6),
        default_args=DEFAULTS,
        params=PARAMS
        | {
            "posting": Param(
                "today only",
                enum=["today only", "always", "dry run"],
                title="Posting",
                description="An old day is brought up to date and not posted, unless you say always.",
            )
        },
        tags=["briefing"],
    ):

        @task.sensor(
            mode="reschedule", poke_interval=180, timeout=timedelta(hours=5).total_seconds(), retries=20,
            map_index_template="{{ task.op_kwargs['name'] }}",
        )  # fmt: skip
        def night(name: str) -> PokeReturnValue:
            from tasking import flows

            context = get_current_context()
            day, posting = desk_in_airflow.day_of(context), context["params"]["posting"]
            desk = desk_in_airflow.desk(name)
            receipts, failures = flows.receive_all(desk, day)
            for receipt in receipts:
                desk_in_airflow.tell(receipt)
            has_all = all(receipt.outcome == "landed" for receipt in receipts)
            if not has_all and not desk_in_airflow.is_past(day, desk.partnership.meeting.cut_off_at, desk.partnership):
                return PokeReturnValue(is_done=False)
            is_due = posting == "always" or (
                posting == "today only" and desk_in_airflow.is_today(day, desk.partnership)
            )
            for line in flows.finish(desk, day, is_posting=is_due, is_old_day_posted=posting == "always"):
                desk_in_airflow.log.info(line)
            desk_in_airflow.tell_monitor(desk, day)
            if failures:
                raise RuntimeError(f"a fault of ours lost {', '.join(failures)}; the briefing is out without it")
            if notices := flows.stored_briefing(desk, day)[0].notices:
                desk_in_airflow.stop(" / ".join(notices))
            return PokeReturnValue(is_done=True)

        night.expand(name=partnerships())


def evenings_before() -> None:
    declared, _ = desk_in_airflow.declared()
    at = declared.meeting.dead_man_set_at
    with DAG(
        dag_id="partnership_evenings_before",
        dag_display_name="Briefings: the evening before, every partnership",
        description="Leaves with each channel a message that says there is no briefing; the briefing takes it back",
        doc_md="""
A task looks after some partnerships, and fails for those that it names. Clear it: a message that is left is found left.
""",
        schedule=CronPartitionTimetable(
            f"{at.minute} {at.hour} * * *", timezone=declared.timezone, key_format=DAY_FORMAT
        ),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=2),
        default_args=DEFAULTS | {"retries": 10, "retry_delay": timedelta(seconds=60)},
        params=PARAMS,
        tags=["briefing"],
    ):

        @task
        def leave_messages(names: list[str]) -> None:
            from tasking import flows

            day = desk_in_airflow.next_day_of(get_current_context())
            desk_in_airflow.for_each(names, lambda desk: flows.leave_dead_mans_message(desk, day))

        leave_messages.expand(names=groups())


def last_looks() -> None:
    declared, _ = desk_in_airflow.declared()
    at = declared.meeting.fallback_at
    with DAG(
        dag_id="partnership_last_looks",
        dag_display_name="Briefings: the last look, every partnership",
        description="Is each briefing there? If not, it is made from what has landed, or goes by the fallback channels",
        doc_md="""
A task looks after some partnerships, and fails for those that it names. Clear it: nothing is posted twice.
""",
        schedule=CronPartitionTimetable(
            f"{at.minute} {at.hour} * * *", timezone=declared.timezone, key_format=DAY_FORMAT
        ),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(minutes=30),
        default_args=DEFAULTS | {"retries": 2},
        params=PARAMS,
        tags=["briefing"],
    ):

        @task
        def make_sure(names: list[str]) -> None:
            from tasking import flows

            day = desk_in_airflow.day_of(get_current_context())
            desk_in_airflow.for_each(names, lambda desk: flows.make_sure(desk, day))

        make_sure.expand(names=groups())


def weeks() -> None:
    declared, _ = desk_in_airflow.declared()
    at = declared.meeting.weekly_at
    with DAG(
        dag_id="partnership_weeks",
        dag_display_name="Task-and-finish: the weekly alert, every partnership",
        description="Posts how the groups stand, once a week",
        doc_md="""
A task looks after some partnerships, and fails for those that it names. Clear it: an alert that is posted is found so.
""",
        schedule=CronPartitionTimetable(
            f"{at.minute} {at.hour} * * 1-5", timezone=declared.timezone, key_format=WEEK_FORMAT
        ),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=2),
        default_args=DEFAULTS | {"retries": 10, "retry_delay": timedelta(seconds=60)},
        params=PARAMS | {"week": desk_in_airflow.WEEK_PARAM},
        tags=["task-and-finish"],
    ):

        @task
        def post_weeklies(names: list[str]) -> None:
            from tasking import flows

            week = desk_in_airflow.week_of(get_current_context())
            desk_in_airflow.for_each(names, lambda desk: flows.weekly_alert(desk, week))

        post_weeklies.expand(names=groups())


if desk_in_airflow.partnerships():
    for dag in (nights, evenings_before, last_looks, weeks):
        dag()
