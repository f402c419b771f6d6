"""What the DAGs share: assets, parameters, schedules, the reporting day of a run, and the services of a partnership.

Every parse of the DAGs imports this module, so heavy modules are imported inside functions, when a task runs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

from airflow.exceptions import AirflowException
from airflow.sdk import Asset, Param
from airflow.sdk.exceptions import AirflowFailException

from tasking.config.feed import Feed, load_feeds
from tasking.model.delivery import mentions_restricted, without_quotes
from tasking.model.errors import TaskingError, traceback_without_values
from tasking.model.partnership import Partnership
from tasking.runtime.airflow_connections import SLACK_CONNECTION, channel_addresses, feed_address, find_connection
from tasking.runtime.airflow_timetable import NamedByDay
from tasking.runtime.settings import Settings

if TYPE_CHECKING:
    from tasking.intake.transports import Transport
    from tasking.model.delivery import Receipt
    from tasking.services import Services

log = logging.getLogger(__name__)

DAY_FORMAT: Final = "%Y-%m-%d"
WEEK_FORMAT: Final = "%G-W%V"
CUT_OFF: Final = Asset(name="briefing_cut_off", uri="x-tasking://briefing/cut-off")
TO_DECIDE: Final = Asset(name="proposals_to_decide", uri="x-tasking://proposals/to-decide")
LATE_NEWS: Final = Asset(name="briefing_late_news", uri="x-tasking://briefing/late-news")

# Partner-side faults are outcomes and are not retried. Retries are for faults of Airflow or Tasking; they go on through
# an outage of hours until the run times out.
LONG_RETRIES: Final[dict[str, Any]] = {
    "retries": 60,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(minutes=15),
}
# The briefing's tasks run before those of the feeds, which all wake at the cut-off.
HIGH_PRIORITY: Final = {"priority_weight": 100}

_declared_at: dict[str | None, int] = {}  # partnership -> the newest change under include/ when its desk was opened

DAY_PARAM: Final = Param(
    None,
    type=["null", "string"],
    format="date",
    title="Reporting day",
    description="YYYY-MM-DD. Leave empty in a scheduled run; by hand, the morning that the delivery is for.",
)

POSTING_PARAM: Final = Param(
    "today only",
    enum=["today only", "always", "dry run"],
    title="Posting",
    description="An old day is updated but not posted, unless you choose always.",
)
WEEK_PARAM: Final = Param(
    None,
    type=["null", "string"],
    pattern=r"^\d{4}-W\d{2}$",
    title="Week",
    description="Such as 2026-W44. Leave empty in a scheduled run.",
)


@cache
def declared() -> tuple[Partnership, list[Feed]]:
    """The partnership and its feeds, in the declared order. Cached per process (a task, or a parse of the DAGs)."""
    from tasking.config.partnership_file import load_partnership

    include = Settings().include
    partnership = load_partnership(include)
    feeds = load_feeds(include.all("feeds", "*.yml"), partnership.partners)
    return partnership, [feeds[name] for name in partnership.feeds]


def partnerships() -> list[str]:
    """The names of the partnerships that this deployment serves, if there are several."""
    return Settings().partnerships


def chosen_partnerships(context: Any) -> list[str]:
    """The partnerships that a run is for. Raises AirflowFailException for an unknown name."""
    known = partnerships()
    names: list[str] = context["params"].get("partnerships") or known
    if unknown := sorted(set(names) - set(known)):
        raise AirflowFailException(f"There is no include/partnerships/{unknown[0]}; there are: {', '.join(known)}.")
    return names


def for_each(names: Sequence[str | None], step: Callable[[Services], Sequence[str]]) -> None:
    """Runs a step for each partnership, whether or not others fail. Raises at the end, naming those that failed."""
    failed = []
    for name in names:
        try:
            for line in step(services(name)):
                log.info("%s%s", f"{name}: " if name else "", line)
        except Exception as error:  # whatever it is, it is this partnership's alone
            log.error(
                "%s: %s", name or "the partnership",
                error if isinstance(error, TaskingError) else f"\n{traceback_without_values(error)}",
            )  # fmt: skip
            failed.append(name or "the partnership")
    if failed:
        raise AirflowException(f"Failed for {', '.join(failed)}. See above. The others are done.")


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


def week_of(context: Any) -> str:
    """The ISO week of a run, such as `2026-W44`: its partition, or the week it was started with.

    Raises AirflowFailException where a run has neither.
    """
    week = getattr(context["dag_run"], "partition_key", None) or context["params"].get("week")
    if not week:
        raise AirflowFailException("Which week? Start the run with the parameter week, such as 2026-W44.")
    return str(week)


def next_day_of(context: Any) -> date:
    """The day after the one whose evening a scheduled run is for; by hand, the day that was given."""
    is_scheduled = bool(getattr(context["dag_run"], "partition_key", None))
    return day_of(context) + timedelta(days=1 if is_scheduled else 0)


def daily_at(clock: time, partnership: Partnership, weekdays: str = "*", key_format: str = DAY_FORMAT) -> NamedByDay:
    """A schedule at a local time, daily or on some weekdays. The partition key is the day in `key_format`."""
    return NamedByDay(
        f"{clock.minute} {clock.hour} * * {weekdays}", timezone=partnership.timezone, key_format=key_format
    )


def hours_until(begins: time, ends: time, then: timedelta) -> timedelta:
    """The time from `begins` to `ends` on one morning, plus `then`."""
    a_day = date(2000, 1, 1)
    return datetime.combine(a_day, ends) - datetime.combine(a_day, begins) + then


def paused_feeds(context: Any) -> list[str]:
    """The feeds whose DAGs are paused in Airflow, in the partnership's order."""
    return [feed.feed for feed in declared()[1] if _is_paused(context, f"feed_{feed.feed}")]


def _is_paused(context: Any, dag_id: str) -> bool:
    try:
        return bool(context["ti"].get_dag(dag_id).is_paused)
    except Exception as error:  # Airflow doesn't know the DAG yet, or doesn't answer: the feed is asked
        log.warning("%s: could not see whether it is paused (%s)", dag_id, type(error).__name__)
        return False


def posting_of(context: Any, partnership: Partnership) -> tuple[bool, bool]:
    """(whether to post the day of a run, whether also if it is not today), from the parameter `posting`."""
    posting = context["params"]["posting"]
    is_always = posting == "always"
    return is_always or (posting == "today only" and is_today(day_of(context), partnership)), is_always


def is_today(day: date, partnership: Partnership) -> bool:
    return datetime.now(partnership.zone).date() == day


@lru_cache(maxsize=16)
def services(name: str | None = None) -> Services:
    """The services of a partnership; addresses of feeds and channels come from Airflow's connections if they exist."""
    from tasking.config.partnership_file import load_partnership
    from tasking.runtime.local import open_services

    settings = Settings().of(name)
    routes = load_partnership(settings.include).channels
    if routes.briefing == ["console"] and find_connection(SLACK_CONNECTION, name) is not None:
        # Making the connection is enough to post to Slack: partnership.yml need not be edited.
        routes = routes.model_copy(update={"briefing": ["slack"]})
    return open_services(
        settings, address_of=partial(feed_address, name), addresses=lambda: channel_addresses(settings), routes=routes
    )


def open_transport(settings: Settings, feed: Feed) -> Transport:
    """The transport of a feed, with its address from a connection, without opening the other services."""
    from tasking.runtime.addresses import transports

    return transports(settings, partial(feed_address, settings.partnership))(feed)


def services_as_declared(name: str | None = None) -> Services:
    """The services for a long-lived process: opened again if a file under include/ has changed."""
    stamp = max(path.stat().st_mtime_ns for path in Settings().of(name).include.declarations().values())
    if stamp != _declared_at.get(name):
        services.cache_clear()
        declared.cache_clear()
        _declared_at[name] = stamp
    return services(name)


def log_receipt(receipt: Receipt) -> None:
    """Writes a receipt to the task's log: outcome, row counts, and notes without quotes or restricted matters."""
    ledger = receipt.ledger
    log.info(
        "%s, %s: %s. %d rows in = %d new + %d repeats + %d revisions + %d held + %d out of area + %d ignored",
        receipt.feed, receipt.day, receipt.outcome, ledger.rows_in, ledger.new, ledger.repeats, ledger.revisions,
        ledger.held, ledger.out_of_area, ledger.ignored,
    )  # fmt: skip
    if receipt.reason:
        log.warning("%s: %s", receipt.feed, without_quotes(receipt.reason))
    for note in receipt.notes:
        if not mentions_restricted(note):  # not everybody who reads task logs may see that
            log.warning("%s: %s", receipt.feed, without_quotes(note))
    # Always written, so that its presence does not reveal that there are restricted notes.
    log.info("Every note, with their words: tasking feeds notes --from %s --to %s", receipt.day, receipt.day)


def send_metrics(services: Services, day: date) -> None:
    """Sends the metrics of a day to the OpenTelemetry collector, if one is configured."""
    from tasking.runtime.telemetry import send_day_metrics

    if sent := send_day_metrics(services, day):
        log.info("%d figures of %s sent to the collector", sent, day)


def fail_for_good(words: str) -> None:
    """Fails the task without retries. `words` say what ops staff can do; quotes of a partner are removed."""
    raise AirflowFailException(without_quotes(words))
