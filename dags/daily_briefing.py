"""The briefing: when all feeds have landed, or at the cut-off, link, trigger, brief and post; late news edits."""

from datetime import timedelta

from airflow.sdk import DAG, AssetAll, PartitionedAssetTimetable, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from tasking.runtime import airflow as runtime
from tasking.runtime.airflow import (
    CUT_OFF,
    DAY_PARAM,
    HIGH_PRIORITY,
    LATE_NEWS,
    LONG_RETRIES,
    POSTING_PARAM,
    TO_DECIDE,
    feed_asset,
)


def daily_briefing() -> None:
    partnership, feeds = runtime.declared()
    meeting = partnership.meeting
    with DAG(
        dag_id="daily_briefing",
        dag_display_name="Briefing: daily",
        description="Makes and posts the briefing of one day",
        doc_md=f"""
Makes and posts the briefing of one day. It starts when every partner's feed for the day has arrived, at
{meeting.cut_off_at:%H:%M} at the latest, and again when news arrives late. It decides which reports are one incident,
runs the trigger rules, makes the briefing and posts it. It posts once a day: a second run edits the message.
Proposals that need a decision are listed under Required Actions. On a day without a meeting nothing is posted; the
next meeting's briefing covers it.

**Due** by {meeting.starts_at:%H:%M}. The tab *Tasking desk* shows the briefing. Runs are named by the day of the
briefing and the local time when they started.

**If it fails**, look at the task that is red:
- `link`, `trigger`, `brief`: clear the task. What is already done is not done twice.
- `post`: a channel did not respond. Airflow retries for half an hour. From {meeting.fallback_at:%H:%M} the briefing
  is also sent by the fallback channels. Clear the task: it checks whether the message is there before it sends
  anything.
- `send_taskings`: a partner who only receives work, or the chair, was not sent their message. The log says who and why.
  Clear the task: nobody is sent the same message twice.
- `every_row_accounted_for`: the rows that came in and what became of them do not add up. Send the maintainers the
  output of `tasking export ledger`.
- `every_feed_heard`: the briefing has been posted and names a partner who is missing. Open that feed's own DAG.
""",
        schedule=PartitionedAssetTimetable(
            assets=AssetAll(*(feed_asset(feed.feed) for feed in feeds)) | CUT_OFF | LATE_NEWS
        ),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=1),
        default_args=LONG_RETRIES | HIGH_PRIORITY,
        params={
            "day": DAY_PARAM,
            "posting": POSTING_PARAM,
        },
        tags=["briefing"],
    ):

        @task
        def link() -> None:
            """Asks every feed once more that is not paused, for what was appended or came since; then puts reports
            together."""
            from tasking import flows
            from tasking.intake import polling

            context = get_current_context()
            services, day = runtime.services(), runtime.day_of(context)
            for receipt in polling.poll_again(services.intake, day, switched_off=runtime.paused_feeds(context)):
                runtime.log_receipt(receipt)
            flows.link(services, day)

        @task
        def trigger() -> None:
            from tasking import flows

            flows.trigger(runtime.services(), runtime.day_of(get_current_context()))

        @task
        def brief() -> None:
            from tasking import flows

            flows.brief(runtime.services(), runtime.day_of(get_current_context()))

        @task(max_retry_delay=timedelta(seconds=30))
        def post() -> None:
            from tasking import flows

            context = get_current_context()
            day = runtime.day_of(context)
            is_due, is_old_day_posted = runtime.posting_of(context, partnership)
            if not is_due:
                raise AirflowSkipException(
                    f"{day} is made and stored, and not posted ({context['params']['posting']})."
                )
            for line in flows.post(runtime.services(), day, is_old_day_posted=is_old_day_posted):
                runtime.log.info(line)

        @task
        def send_taskings() -> None:
            """Partners that only receive work are sent what is theirs, once a day; so is the chair what stays
            overdue."""
            from tasking import delivery

            context = get_current_context()
            day = runtime.day_of(context)
            is_due, is_old_day_posted = runtime.posting_of(context, partnership)
            if not is_due:
                raise AirflowSkipException(f"{day} is not sent ({context['params']['posting']}).")
            for line in delivery.send_taskings(runtime.services().delivery, day, is_old_day_posted=is_old_day_posted):
                runtime.log.info(line)

        @task(outlets=[TO_DECIDE], trigger_rule="all_done")
        def ask_for_decisions(*, outlet_events=None) -> None:
            """What waits for a decision is put under Required Actions too."""
            from tasking import delivery

            day = runtime.day_of(get_current_context())
            is_today = runtime.is_today(day, partnership)
            if not is_today or not delivery.waiting_for_decision(runtime.services().delivery, day):
                raise AirflowSkipException("Nothing waits for a decision, or the day is past.")
            outlet_events[TO_DECIDE].add_partitions(str(day))

        @task(trigger_rule="none_failed")
        def every_row_accounted_for() -> None:
            from tasking import flows

            day = runtime.day_of(get_current_context())
            runtime.send_metrics(runtime.services(), day)
            flows.check_promises(runtime.services(), day)

        @task(trigger_rule="all_done", retries=3)
        def every_feed_heard() -> None:
            """Tells ops of feeds that stand badly, and ends the run red where a partner is missing."""
            from tasking import flows
            from tasking.briefing import versions

            services, day = runtime.services(), runtime.day_of(get_current_context())
            flows.send_feed_alerts(services, day)
            briefing, _ = versions.stored_briefing(services.briefings, day)
            if briefing.notices:
                runtime.fail_for_good(" / ".join(briefing.notices))

        made = brief()
        steps = link() >> trigger() >> made >> post()
        steps >> [every_row_accounted_for(), every_feed_heard(), ask_for_decisions()]
        made >> send_taskings()  # beside posting, so that a chat that does not answer holds no partner up


if not runtime.partnerships():
    daily_briefing()
