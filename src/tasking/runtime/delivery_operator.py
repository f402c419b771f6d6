"""A feed's delivery in Airflow: one task that takes it, and waits for it in the triggerer at next to no cost.

The task asks. Where nothing is there yet it defers itself; the triggerer asks on, every half minute, and wakes the task
when the answer is another one, or the delivery is due. What the partner sends is read in the task alone.

The DAGs are parsed with this module again and again, so what only a task or the triggerer needs is imported there.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any, Final

from airflow.sdk import BaseOperator
from airflow.sdk.definitions.asset import Asset
from airflow.triggers.base import BaseTrigger, TriggerEvent

from tasking.feeds.declaration import Feed, load_feeds
from tasking.model.delivery import Fetch, Outcome
from tasking.model.errors import DeliveryNotComplete, TransportError, traceback_without_values
from tasking.runtime import airflow as desk_in_airflow
from tasking.runtime.airflow import LATE_NEWS
from tasking.runtime.declarations import load_partnership
from tasking.runtime.settings import Settings

PAUSE_S: Final = 30.0
MOST_PAUSE_S: Final = 300.0  # between two tries to reach a system that can't be reached: some lock out who knocks often
NOTHING: Final = "nothing"
OUT_OF_REACH: Final = "out of reach"


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
        self._ask(context, None)

    def resume(self, context: Any, event: dict[str, str | None]) -> None:
        """Asks again: the triggerer found another answer, or the delivery is due."""
        self._ask(context, event["answer"])

    def _ask(self, context: Any, answer: str | None) -> None:
        from tasking import flows

        desk, day = desk_in_airflow.desk(), desk_in_airflow.day_of(context)
        receipt, due_at = flows.ask(desk, self.feed, day), desk.partnership.due_at(day)
        desk_in_airflow.tell(receipt)
        is_due = desk.clock() >= due_at
        if receipt.outcome == Outcome.LANDED or (receipt.outcome.has_landed and is_due):
            # From the cut-off on the briefing waits for nobody, though it may not be made yet.
            is_late = flows.is_briefed(desk, day) or (is_due and desk_in_airflow.is_today(day, desk.partnership))
            self._landed(context, day, LATE_NEWS if is_late else self.asset)
        elif is_due:
            desk_in_airflow.stop(" ".join(flows.why_not_in(desk, receipt)))
        else:  # what came in part is in, and the rest may still come
            if answer is None and receipt.outcome == Outcome.MISSING:
                answer = NOTHING
            self.defer(trigger=DeliveryTrigger(self.feed, str(day), due_at.isoformat(), answer), method_name="resume")

    def _landed(self, context: Any, day: date, news: Asset) -> None:
        # Airflow would send out every outlet that a task has: of the two only this one is news.
        context["ti"].task.outlets = [news]
        context["outlet_events"][news].add_partitions(str(day))


class DeliveryTrigger(BaseTrigger):  # type: ignore[misc]
    """Asks for a delivery until the answer is another one than `answer`, or it is due (`due_at`: ISO 8601, UTC)."""

    def __init__(self, feed: str, day: str, due_at: str, answer: str | None = None) -> None:
        super().__init__()
        self.feed = feed
        self.day = day
        self.due_at = due_at
        self.answer = answer

    def serialize(self) -> tuple[str, dict[str, Any]]:
        kept = {"feed": self.feed, "day": self.day, "due_at": self.due_at, "answer": self.answer}
        return f"{type(self).__module__}.{type(self).__qualname__}", kept

    async def run(self) -> AsyncIterator[TriggerEvent]:
        due_at, pause_s = datetime.fromisoformat(self.due_at), PAUSE_S
        while (left_s := (due_at - datetime.now(UTC)).total_seconds()) > 0:
            await asyncio.sleep(min(pause_s, left_s))
            if datetime.now(UTC) >= due_at:
                break
            answer = await asyncio.to_thread(self._answer)
            if answer != self.answer:
                yield TriggerEvent({"answer": answer})
                return
            pause_s = min(pause_s * 2, MOST_PAUSE_S) if answer == OUT_OF_REACH else PAUSE_S
        yield TriggerEvent({"answer": self.answer})

    def _answer(self) -> str:
        """What the partner's system says, as a word or a digest: nothing that somebody sent is kept here.

        That it was asked is stored, so that everybody can see that somebody looks.
        """
        from tasking.warehouse import feed_days, open_warehouse

        try:
            settings, day = Settings(), date.fromisoformat(self.day)
            feed = load_feeds(settings.include.all("feeds", "*.yml"))[self.feed]
            answer = self._asked(settings, feed, day)
            if answer == self.answer:
                warehouse = open_warehouse(settings.warehouse_url, settings.include / "sql")
                feed_days.store_asked(warehouse, self.feed, day, datetime.now(UTC))
                warehouse.engine.dispose()
        except Exception as error:  # the task asks too, and says what it is
            self.log.error("%s could not be asked\n%s", self.feed, traceback_without_values(error))
            return OUT_OF_REACH
        return answer

    def _asked(self, settings: Settings, feed: Feed, day: date) -> str:
        from tasking.feeds.transports import Request

        request = Request.of_day(feed, day, load_partnership(settings.include).calendar)
        try:
            return digest_of(desk_in_airflow.open_transport(settings, feed).fetch(request))
        except DeliveryNotComplete:
            return NOTHING
        except TransportError:
            return OUT_OF_REACH


def digest_of(fetch: Fetch) -> str:
    """The same for the same files, and another where one is new, has grown or is gone."""
    if not fetch.files:
        return NOTHING
    found = sorted((file.name, hashlib.sha256(file.content).hexdigest(), file.lacking) for file in fetch.files)
    return hashlib.sha256(repr(found).encode()).hexdigest()
