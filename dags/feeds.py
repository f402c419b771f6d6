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

Receives the nightly delivery of one partner. From {asked_from} it looks for `{file_name}`, again and again until the
cut-off at {cut_off}. Then every row is checked: a good row becomes a report, and a faulty row is held for a person to
correct. The briefing is told that the feed has arrived.

**Due** by {cut_off}. **To start it by hand**, give the day as the parameter `day`.

**If it fails**, the message says which of these it is:
- *no file*: we looked after the cut-off and there was none. Ring {contact}. When the file is there, start this DAG
  with that `day`, or choose *Ask again* on the Tasking desk. The briefing is then edited. You can upload a file that
  comes by e-mail on the desk.
- *refused*: the message says what was found and what was expected. Ask for the file again, or correct
  `include/feeds/{feed}.yml`. Then clear the task.
- *we can't fetch it*: the fault is ours, not the partner's: the connection `feed_{feed}`, the network, or their system.
- anything else: Airflow retries for hours. The log has the traceback.

The tab *Tasking desk* shows what became of every row, and the held rows. The file as it came is kept under
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
