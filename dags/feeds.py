"""One DAG a partner feed: wait for the delivery, receive it, say that it landed."""

from datetime import timedelta

from airflow.sdk import DAG

from tasking.config.feed import Feed
from tasking.model.partner_names import names_of
from tasking.model.partnership import Partnership
from tasking.runtime import airflow as runtime
from tasking.runtime.airflow import DAY_PARAM, LONG_RETRIES, daily_at, feed_asset, hours_until
from tasking.runtime.delivery_operator import ReceiveDelivery

DOC = """
### {name}

Waits from {asked_from} for the delivery `{file_name}`, and asks again until the cut-off at {cut_off}. Then every row is
checked: what is fit becomes a report, what is broken is held for a person, and the briefing hears that the feed landed.

**Due** by {cut_off}. **Started by hand or by a push:** give it the parameter `day`.

**If it fails**
- *no file*: we looked after the cut-off and it was not there. Ring {contact}. When the file is there, start this DAG
  with that `day`, or use *Ask again* on the desk; the briefing is edited. A file that comes by mail can be brought.
- *refused*: the message says what was found and what was expected. Ask for the file again, or mend
  `include/feeds/{feed}.yml`; then clear the task.
- *we can't fetch it*: ours, not the partner's: the connection `feed_{feed}`, the network, or their system is down.
- anything else is tried again by itself for hours; the log has the traceback.

Held rows, and what became of every other: the button *Tasking desk* of the task. The file as it came is kept under
`var/deliveries`.
"""


def feed_dag(feed: Feed, name: str, partnership: Partnership) -> DAG:
    meeting = partnership.meeting
    with DAG(
        dag_id=f"feed_{feed.feed}",
        dag_display_name=f"Feed: {name}",
        description=f"The nightly delivery of {name}",
        doc_md=DOC.format(
            name=name,
            asked_from=f"{meeting.feeds_asked_from:%H:%M}",
            cut_off=f"{meeting.cut_off_at:%H:%M}",
            file_name=feed.delivery.name,
            contact=feed.contact,
            feed=feed.feed,
        ),
        schedule=daily_at(meeting.feeds_asked_from, partnership),
        catchup=False,
        max_active_runs=4,
        dagrun_timeout=hours_until(meeting.feeds_asked_from, meeting.cut_off_at, then=timedelta(hours=3)),
        default_args=LONG_RETRIES,
        params={"day": DAY_PARAM},
        tags=["feed", feed.feed],
    ) as dag:
        ReceiveDelivery(task_id="receive", feed=feed.feed, asset=feed_asset(feed.feed))
    return dag


if not runtime.partnerships():
    partnership, feeds = runtime.declared()
    names = names_of({feed.feed: feed.partner for feed in feeds})
    for feed in feeds:
        feed_dag(feed, names[feed.feed], partnership)
