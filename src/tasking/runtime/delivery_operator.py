"""A feed's delivery in Airflow: one task that takes it, and waits for it in the triggerer at next to no cost.

The task asks. Where nothing is there yet it defers itself; the triggerer asks on, every half minute, and wakes the task
when the answer is another one, or the delivery is due. What the partner sends is read in the task alone.

The DAGs are parsed with this module again and again, so what only a task or the triggerer needs is imported there.
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
_LOOKS: Final = ThreadPoolExecutor(32, thread_name_prefix="look")  # a hanging partner keeps no other from being asked


class ReceiveDelivery(BaseOperator):  # type: ignore[misc]
    """Takes the delivery of a feed for the run's day, and tells the briefing that it landed, or that late news came.

    Fails for good at the cut-off, with what we know of why. Whatever else fails it is a fault of ours, and is tried
    again.
    """

    template_fields = ()

    def __init__(self, *, feed: str, asset: Asset, **kwargs: Any) -> None:
        super().__init__(outlets=[asset, LATE_NEWS], **kwargs)
        self.feed = feed
        self.asset = asset

    def execute(self, context: Any) -> None:
        """Asks now."""
        self._ask(context)

    def resume(self, context: Any, event: dict[str, Any]) -> None:  # noqa: ARG002 - Airflow calls it with both
        """Asks again: the triggerer found another answer, or the delivery is due."""
        self._ask(context)

    def _ask(self, context: Any) -> None:
        from tasking import delivery, flows

        services, day = runtime.services(), runtime.day_of(context)
        asked, due_at = flows.poll(services, self.feed, day), services.partnership.due_at(day)
        receipt, left = asked.receipt, due_at - services.clock()
        runtime.log_receipt(receipt)
        is_due = left <= timedelta()
        if receipt.outcome == Outcome.LANDED or (receipt.outcome.has_landed and is_due):
            # From the cut-off on the briefing waits for no feed of the night, though it may not be made yet. Feeds that
            # somebody starts for a day without a briefing make one when all are in.
            is_over = is_due and context["dag_run"].partition_key and runtime.is_today(day, services.partnership)
            self._landed(context, day, LATE_NEWS if is_over or flows.is_briefed(services, day) else self.asset)
        elif is_due:
            runtime.fail_for_good(" ".join(delivery.missing_delivery_words(services.delivery, receipt)))
        else:  # what came in part is in, and the rest may still come
            # After a first failure any answer of the triggerer's is news: a second one is told to ops.
            answer = None if asked.is_first_failure else asked.digest
            # A page that tells the time is another file at every look, and every one costs a task that reads it.
            pause_s = REFUSED_PAUSE_S if receipt.outcome == Outcome.REFUSED else None
            self.defer(
                trigger=DeliveryTrigger(self.feed, str(day), due_at.isoformat(), answer, pause_s),
                method_name="resume",
                timeout=left + _GRACE,  # the scheduler wakes the task though the triggerer is dead
            )

    def _landed(self, context: Any, day: date, news: Asset) -> None:
        # Airflow would send out every outlet that a task has: of the two only this one is news.
        context["ti"].task.outlets = [news]
        context["outlet_events"][news].add_partitions(str(day))


class DeliveryTrigger(BaseTrigger):  # type: ignore[misc]
    """Asks for a delivery until the answer is another one than `answer`, or it is due (`due_at`: ISO 8601, UTC).

    `pause_s`: before the first question; the task is not woken sooner.
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
            kept["pause_s"] = self.pause_s  # left out else: a triggerer of before does not know it
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
            # A system that does not let us in may lock out who knocks too often.
            pause_s = min(pause_s * 2, MOST_PAUSE_S) if answer.startswith(UNREACHABLE) else PAUSE_S
        yield TriggerEvent({"answer": self.answer})

    def _answer(self) -> str:
        """The digest of what the partner's system says, or that the delivery was brought by another way.

        That it was asked is stored, so that everybody can see that somebody looks.
        """
        from tasking.intake.store import feed_days
        from tasking.warehouse import open_warehouse

        try:
            settings, day = Settings(), date.fromisoformat(self.day)
            feed = load_feed(settings.include / "feeds" / f"{self.feed}.yml")  # another's fault is another's
            warehouse = open_warehouse(settings.warehouse_url, settings.include / "sql")
            try:
                if feed_days.outcome_of(warehouse, self.feed, day) == Outcome.LANDED:
                    return BROUGHT
                answer = self._asked(settings, feed, day)
                if answer == self.answer:
                    feed_days.store_unchanged_poll(warehouse, self.feed, day, datetime.now(UTC))
            finally:
                warehouse.engine.dispose()
        except Exception as error:  # the task asks too, and says what it is
            self.log.error("%s could not be asked\n%s", self.feed, traceback_without_values(error))
            return UNREACHABLE
        return answer

    def _asked(self, settings: Settings, feed: Feed, day: date) -> str:
        from tasking.intake.transports import Request
        from tasking.intake.transports.digest import digest_of

        request = Request.of_day(feed, day, load_partnership(settings.include).calendar)
        try:
            return digest_of(runtime.open_transport(settings, feed).fetch(request))
        except TransportError as error:
            return digest_of(error)
