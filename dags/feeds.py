"""One DAG a partner feed: wait for the delivery, receive it, say that it landed."""

from datetime import timedelta

from airflow.sdk import DAG, PokeReturnValue, get_current_context, task

from tasking.feeds.declaration import Feed
from tasking.model.partnership import Partnership
from tasking.runtime import airflow as desk_in_airflow
from tasking.runtime.airflow import DAY_PARAM, LATE_NEWS, at, feed_asset

DOC = """
### {partner}

Waits from {asked_from} for the delivery `{file_name}`, and asks again until the cut-off at {cut_off}. Then every row is
checked: what is fit becomes a report, what is broken is held for a person, and the briefing hears that the feed landed.

**Due** by {cut_off}. **Started by hand or by a push:** give it the parameter `day`.

**If it fails**
- *no delivery*: ring {contact}. When the file is there, start this DAG with that `day`, or *Ask again* on the desk; the
  briefing is edited. A file that comes by mail can be brought there too.
- *refused*: the message says what was found and what was expected. Mend `include/feeds/{feed}.yml` or ask for the file
  again, then clear the task.
- *out of reach*: the connection `feed_{feed}`, or the partner's own system.

Held rows, and what became of every other: the button *Tasking desk* of the task. The file as it came is kept under
`var/deliveries`.
"""


def feed_dag(feed: Feed, partnership: Partnership) -> DAG:
    asset, meeting = feed_asset(feed.feed), partnership.meeting
    with DAG(
        dag_id=f"feed_{feed.feed}",
        dag_display_name=f"Feed: {feed.partner}",
        description=f"The nightly delivery of {feed.partner}",
        doc_md=DOC.format(
            partner=feed.partner,
            asked_from=f"{meeting.feeds_asked_from:%H:%M}",
            cut_off=f"{meeting.cut_off_at:%H:%M}",
            file_name=feed.delivery.name,
            contact=feed.contact,
            feed=feed.feed,
        ),
        schedule=at(meeting.feeds_asked_from, partnership),
        catchup=False,
        max_active_runs=4,
        dagrun_timeout=timedelta(hours=4),
        default_args={"retries": 2, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(minutes=15)},
        params={"day": DAY_PARAM},
        tags=["feed", feed.feed],
    ) as dag:

        @task.sensor(mode="reschedule", poke_interval=30, timeout=timedelta(hours=3).total_seconds())
        def receive() -> PokeReturnValue:
            """Takes the delivery if it is there; gives up in words at the cut-off, or where the file is refused."""
            from tasking import flows

            day = desk_in_airflow.day_of(get_current_context())
            receipt = flows.receive(desk_in_airflow.desk(), feed.feed, day)
            desk_in_airflow.tell(receipt)
            if receipt.outcome == "refused":
                desk_in_airflow.stop(receipt.reason)
            if not receipt.outcome.has_landed and desk_in_airflow.is_past(day, meeting.cut_off_at, partnership):
                why = receipt.reason or "no file came"
                desk_in_airflow.stop(f"{feed.partner}: no delivery for {day} ({why}). Ring {feed.contact}.")
            return PokeReturnValue(is_done=receipt.outcome.has_landed)

        @task.branch
        def is_late() -> str:
            """News for a briefing that is already out takes another way: it edits."""
            from tasking import flows

            day = desk_in_airflow.day_of(get_current_context())
            return "late_news" if flows.is_briefed(desk_in_airflow.desk(), day) else "landed"

        @task(outlets=[asset])
        def landed(*, outlet_events=None) -> None:
            outlet_events[asset].add_partitions(str(desk_in_airflow.day_of(get_current_context())))

        @task(outlets=[LATE_NEWS])
        def late_news(*, outlet_events=None) -> None:
            outlet_events[LATE_NEWS].add_partitions(str(desk_in_airflow.day_of(get_current_context())))

        receive() >> is_late() >> [landed(), late_news()]
    return dag


if not desk_in_airflow.partnerships():
    partnership, feeds = desk_in_airflow.declared()
    for feed in feeds:
        feed_dag(feed, partnership)
