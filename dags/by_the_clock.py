"""What happens by the clock, whatever has landed: a message left for the worst case, the cut-off, the last look."""

from datetime import timedelta

from airflow.sdk import DAG, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from tasking.model.partnership import Partnership
from tasking.runtime import airflow as runtime
from tasking.runtime.airflow import CUT_OFF, DAY_PARAM, HIGH_PRIORITY, LONG_RETRIES, daily_at
from tasking.runtime.airflow_deadline import ended_within


def evening_before(partnership: Partnership) -> None:
    meeting = partnership.meeting
    with DAG(
        dag_id="briefing_evening_before",
        dag_display_name="Briefing: the evening before",
        description="Schedules the message that there is no briefing; posting the briefing deletes it",
        doc_md=f"""
At {meeting.deadline_alarm_set_at:%H:%M} a message that there is no briefing is scheduled with Slack for
{meeting.word_by:%H:%M} on the next meeting day. Posting the briefing deletes it. So people are told at
{meeting.word_by:%H:%M} even if this whole system is down. If you start it by hand, `day` is the day of that meeting.

**If it fails** the channel did not respond, or the bot may not post there. Clear the task before
{meeting.word_by:%H:%M}.
""",
        schedule=daily_at(meeting.deadline_alarm_set_at, partnership),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=2),
        default_args=LONG_RETRIES,
        params={"day": DAY_PARAM},
        tags=["briefing"],
    ):

        @task
        def leave_message() -> None:
            from tasking import delivery

            day = runtime.next_day_of(get_current_context())
            for line in delivery.schedule_deadline_alarm(runtime.services().delivery, day):
                runtime.log.info(line)

        leave_message()


def cut_off(partnership: Partnership) -> None:
    meeting = partnership.meeting
    with DAG(
        dag_id="briefing_cut_off",
        dag_display_name="Briefing: the cut-off",
        description="Posts the briefing with the feeds that have arrived",
        doc_md=f"""
At {meeting.cut_off_at:%H:%M} the briefing is made and posted with the feeds that have arrived. It names the partners
who are missing. If every feed had arrived before then, this run is skipped.

**If it fails** start *Briefing: daily* by hand, with the day as its parameter `day`.
""",
        schedule=daily_at(meeting.cut_off_at, partnership),
        deadline=ended_within(minutes=10),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(minutes=20),
        default_args=LONG_RETRIES | HIGH_PRIORITY,
        params={"day": DAY_PARAM},
        tags=["briefing"],
    ):

        @task(outlets=[CUT_OFF])
        def ring(*, outlet_events=None) -> None:
            from tasking import flows

            day = runtime.day_of(get_current_context())
            if flows.is_briefed(runtime.services(), day):
                raise AirflowSkipException(f"The briefing of {day} is out already.")
            outlet_events[CUT_OFF].add_partitions(str(day))

        ring()


def last_look(partnership: Partnership) -> None:
    meeting = partnership.meeting
    with DAG(
        dag_id="briefing_last_look",
        dag_display_name="Briefing: the last look",
        description="Checks that the briefing is there; if not, makes it or sends it by the fallback channels",
        doc_md=f"""
At {meeting.fallback_at:%H:%M} this checks that every channel has the briefing. If one does not, the briefing is made
from the feeds that have arrived, posted, and sent by the fallback channels in `partnership.yml`, and ops staff are
told. It never posts twice.

**If it fails** no briefing could be made or posted. At {meeting.word_by:%H:%M} the message that was scheduled the
evening before tells people so. Look at *Briefing: daily*.
""",
        schedule=daily_at(meeting.fallback_at, partnership),
        deadline=ended_within(minutes=4),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(minutes=30),
        default_args=LONG_RETRIES | HIGH_PRIORITY | {"max_retry_delay": timedelta(seconds=30)},
        params={"day": DAY_PARAM},
        tags=["briefing"],
    ):

        @task
        def make_sure() -> None:
            from tasking import flows

            context = get_current_context()
            services, day = runtime.services(), runtime.day_of(context)
            for line in flows.ensure_posted(services, day, switched_off=runtime.paused_feeds(context)):
                runtime.log.info(line)

        make_sure()


if not runtime.partnerships():
    declared, _ = runtime.declared()
    for dag in (evening_before, cut_off, last_look):
        dag(declared)
