"""What the DAGs need of Airflow: assets, the reporting day of a run, addresses and secrets from connections.

The only module of the package that imports Airflow. It is imported whenever the DAGs are parsed, so nothing heavy is
imported at the top: the steps themselves come in when a task runs.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from airflow.exceptions import AirflowNotFoundException
from airflow.sdk import Asset, BaseHook, Param
from airflow.sdk.exceptions import AirflowFailException

from tasking.feeds.declaration import Feed, load_feeds
from tasking.model.partnership import Partnership
from tasking.runtime.settings import Settings

if TYPE_CHECKING:
    from tasking.channels import Channel
    from tasking.desk import Desk
    from tasking.feeds.transports import Address
    from tasking.model.delivery import Receipt

log = logging.getLogger(__name__)

DAY_FORMAT: Final = "%Y-%m-%d"
CUT_OFF: Final = Asset(name="briefing_cut_off", uri="x-tasking://briefing/cut-off")
LATE_NEWS: Final = Asset(name="briefing_late_news", uri="x-tasking://briefing/late-news")
SLACK_CONNECTION: Final = "slack_briefing"

DAY_PARAM: Final = Param(
    None,
    type=["null", "string"],
    format="date",
    title="Reporting day",
    description="YYYY-MM-DD. Leave empty in a scheduled run; by hand, the morning that the delivery is for.",
)


@cache
def declared() -> tuple[Partnership, list[Feed]]:
    """The partnership and its feeds, in its order. Read once a process: a task or a parse is one."""
    from tasking.runtime.declarations import load_partnership

    include = Settings().include
    partnership = load_partnership(include)
    feeds = load_feeds(include / "feeds")
    return partnership, [feeds[name] for name in partnership.feeds]


def feed_asset(feed: str) -> Asset:
    """The asset that says: this feed's delivery of the day (its partition) has landed."""
    return Asset(name=f"feed_{feed}", uri=f"x-tasking://feed/{feed}")


def day_of(context: Any) -> date:
    """The reporting day of a run: its partition, or the day it was started with. Never the clock.

    Raises AirflowFailException where a run has neither.
    """
    run = context["dag_run"]
    day = getattr(run, "partition_key", None) or context["params"].get("day")
    if not day:
        raise AirflowFailException("Which day? Start the run with the parameter day, such as 2026-10-22.")
    return datetime.strptime(str(day)[:10], DAY_FORMAT).date()  # noqa: DTZ007 - a calendar day has no zone


def is_past(day: date, at: time, partnership: Partnership) -> bool:
    """True when `at` on `day`, in the partnership's own time, has come."""
    return datetime.now(partnership.zone) >= datetime.combine(day, at, partnership.zone)


def is_today(day: date, partnership: Partnership) -> bool:
    return datetime.now(partnership.zone).date() == day


@cache
def desk() -> Desk:
    """The desk, with addresses from the connections `feed_<feed>` and Slack from `slack_briefing` where it is there."""
    from tasking.runtime.local import open_channels, open_desk, open_slack

    settings = Settings()
    partnership, _ = declared()

    def channels() -> list[Channel]:
        slack = _connection(SLACK_CONNECTION)
        if slack is None:
            return open_channels(settings, partnership)
        base = slack.extra_dejson.get("base_url")
        own = settings.model_copy(update={"slack_base_url": base}) if base else settings
        return [open_slack(own, partnership.channels.slack_channel, token=slack.password)]

    return open_desk(settings, address_of=_address, channels=channels)


def tell(receipt: Receipt) -> None:
    """Writes a receipt into the task's log: what arrived, what became of it, and every signal."""
    ledger = receipt.ledger
    log.info(
        "%s, %s: %s. %d rows in = %d new + %d repeats + %d revisions + %d held + %d out of area",
        receipt.feed, receipt.day, receipt.outcome, ledger.rows_in, ledger.new, ledger.repeats, ledger.revisions,
        ledger.held, ledger.out_of_area,
    )  # fmt: skip
    for note in receipt.notes:
        log.warning("%s: %s", receipt.feed, note)


def stop(words: str) -> None:
    """Fails the task for good, in words that ops staff can act on: trying again would not help."""
    raise AirflowFailException(words)


def _address(feed: Feed) -> Address | None:
    from tasking.feeds.transports import Address

    connection = _connection(f"feed_{feed.feed}")
    if connection is None:
        return None
    return Address(
        host=connection.host or "",
        port=connection.port,
        login=connection.login,
        password=connection.password,
        extra=dict(connection.extra_dejson) | ({"scheme": connection.schema} if connection.schema else {}),
    )


def _connection(name: str) -> Any:
    try:
        return BaseHook.get_connection(name)
    except AirflowNotFoundException:
        return None
