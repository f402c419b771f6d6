"""A feed's delivery in Airflow: one deferrable task that receives it, and a trigger that waits for it.

The task polls the partner. If the delivery is not there it defers itself; the trigger polls every 30 seconds and
resumes the task when the digest of the result changes or the delivery is due. Only the task reads the files.

Every parse of the DAGs imports this module, so what only the task or the trigger needs is imported inside functions.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from airflow.sdk import BaseOperator
from airflow.sdk.definitions.asset import Asset
from airflow.triggers.base import BaseTrigger, TriggerEvent

from tasking.config.feed import Feed, load_feed
from tasking.config.partnership_file import load_partnership
from tasking.model.delivery import Outcome
from tasking.model.errors import TransportError, traceback_without_values
from tasking.runtime import airflow as runtime
from tasking.runtime.airflow import LATE_NEWS
from tasking.runtime.settings import Settings

PAUSE_S: Final = 30.0
REFUSED_PAUSE_S: Final = 60.0
MOST_PAUSE_S: Final = 300.0
BROUGHT: Final = "brought"  # by hand, or by the cut-off
UNREACHABLE: Final = "unreachable"  # which the digest of why we could not look begins with
_GRACE: Final = timedelta(minutes=2)
_LOOKS: Final = ThreadPoolExecutor(32, thread_name_prefix="look")  # a partner that hangs must not block others


class ReceiveDelivery(BaseOperator):  # type: ignore[misc]
    """Receives a feed's delivery of the run's day and updates the feed's asset, or LATE_NEWS after the briefing.

    Fails without retry at the cut-off, with the known reason. Any other failure is a fault in Tasking and is retried.
    """

    template_fields = ()

    def __init__(self, *, feed: str, asset: Asset, **kwargs: Any) -> None:
        super().__init__(outlets=[asset, LATE_NEWS], **kwargs)
        self.feed = feed
        self.asset = asset

    def execute(self, context: Any) -> None:
        """Polls the feed."""
        self._poll(context)

    def resume(self, context: Any, event: dict[str, Any]) -> None:  # noqa: ARG002 - Airflow calls it with both
        """Polls again: the trigger got another result, or the delivery is due."""
        self._poll(context)

    def _poll(self, context: Any) -> None:
        from tasking import delivery, flows

        services, day = runtime.services(), runtime.day_of(context)
        result, due_at = flows.poll(services, self.feed, day), services.partnership.due_at(day)
        receipt, left = result.receipt, due_at - services.clock()
        runtime.log_receipt(receipt)
        is_due = left <= timedelta()
        if receipt.outcome == Outcome.LANDED or (receipt.outcome.has_landed and is_due):
            # After the cut-off tonight's briefing no longer waits for feeds, though it may not exist yet. Feeds started
            # by hand for a day without a briefing lead to one when all have landed.
            is_over = is_due and context["dag_run"].partition_key and runtime.is_today(day, services.partnership)
            self._landed(context, day, LATE_NEWS if is_over or flows.is_briefed(services, day) else self.asset)
        elif is_due:
            runtime.fail_for_good(" ".join(delivery.missing_delivery_words(services.delivery, receipt)))
        else:  # rows of a partial delivery are stored, and the rest may still come
            # After a first failure the trigger returns whatever it finds, because ops are alerted to a second failure.
            answer = None if result.is_first_failure else result.digest
            # A refused page may differ at every poll (it may show the time), and each change costs a run of the task.
            pause_s = REFUSED_PAUSE_S if receipt.outcome == Outcome.REFUSED else None
            self.defer(
                trigger=DeliveryTrigger(self.feed, str(day), due_at.isoformat(), answer, pause_s),
                method_name="resume",
                timeout=left + _GRACE,  # the scheduler resumes the task even if the triggerer is down
            )

    def _landed(self, context: Any, day: date, news: Asset) -> None:
        # Airflow emits events for every outlet of a task; only this one applies.
        context["ti"].task.outlets = [news]
        context["outlet_events"][news].add_partitions(str(day))


class DeliveryTrigger(BaseTrigger):  # type: ignore[misc]
    """Polls for a delivery until the digest of the result differs from `answer`, or until `due_at` (ISO 8601, UTC).

    `pause_s`: the wait before the first poll.
    """

    def __init__(
        self, feed: str, day: str, due_at: str, answer: str | None = None, pause_s: float | None = None
    ) -> None:
        super().__init__()
        self.feed = feed
        self.day = day
        self.due_at = due_at
        self.answer = answer
        self.pause_s = pause_s

    def serialize(self) -> tuple[str, dict[str, Any]]:
        kept: dict[str, Any] = {"feed": self.feed, "day": self.day, "due_at": self.due_at, "answer": self.answer}
        if self.pause_s is not None:
            kept["pause_s"] = self.pause_s  # omitted if unset: a triggerer of an older version does not know it
        return f"{type(self).__module__}.{type(self).__qualname__}", kept

    async def run(self) -> AsyncIterator[TriggerEvent]:
        due_at, pause_s = datetime.fromisoformat(self.due_at), PAUSE_S if self.pause_s is None else self.pause_s
        while (left_s := (due_at - datetime.now(UTC)).total_seconds()) > 0:
            await asyncio.sleep(min(pause_s, left_s))
            left_s = (due_at - datetime.now(UTC)).total_seconds()
            if left_s <= 0:
                break
            looking = asyncio.get_running_loop().run_in_executor(_LOOKS, self._answer)
            try:
                answer = await asyncio.wait_for(looking, left_s)
            except TimeoutError:
                break
            if answer != self.answer:
                yield TriggerEvent({"answer": answer})
                return
            # Back off: a system that refuses our login may lock us out if we try too often.
            pause_s = min(pause_s * 2, MOST_PAUSE_S) if answer.startswith(UNREACHABLE) else PAUSE_S
        yield TriggerEvent({"answer": self.answer})

    def _answer(self) -> str:
        """The digest of the partner's answer, or BROUGHT if the delivery has landed by another way.

        Stores the time of the poll, so that the desk shows that the feed is being polled.
        """
        from tasking.intake.last_poll import is_whole, store_unchanged_poll
        from tasking.warehouse import open_warehouse

        try:
            settings, day = Settings(), date.fromisoformat(self.day)
            feed = load_feed(settings.include / "feeds" / f"{self.feed}.yml")  # other declarations may be faulty
            warehouse = open_warehouse(settings.warehouse_url, settings.include / "sql")
            try:
                if is_whole(warehouse, self.feed, day):
                    return BROUGHT
                answer = self._fetch_digest(settings, feed, day)
                if answer == self.answer:
                    store_unchanged_poll(warehouse, self.feed, day, datetime.now(UTC))
            finally:
                warehouse.engine.dispose()
        except Exception as error:  # the task polls too, and reports what is wrong
            self.log.error("%s could not be asked\n%s", self.feed, traceback_without_values(error))
            return UNREACHABLE
        return answer

    def _fetch_digest(self, settings: Settings, feed: Feed, day: date) -> str:
        from tasking.intake.transports import Request
        from tasking.intake.transports.digest import digest_of

        request = Request.of_day(feed, day, load_partnership(settings.include).calendar)
        try:
            return digest_of(runtime.open_transport(settings, feed).fetch(request))
        except TransportError as error:
            return digest_of(error)
