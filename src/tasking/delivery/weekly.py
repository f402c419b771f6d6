"""Posts the weekly alert once to each of its channels."""

from datetime import date
from typing import Final

from tasking.briefing import weekly_digest
from tasking.delivery.messages import CLEARANCE, as_note
from tasking.delivery.notices import channels_for, deliver, failure_words
from tasking.delivery.service import DeliveryService
from tasking.delivery.store.outbox import MessageKey
from tasking.model.errors import NotPosted
from tasking.model.weekly import Weekly

_WEEKLY: Final = "weekly"


def post_weekly(service: DeliveryService, alert: Weekly, *, is_old_week_posted: bool = False) -> tuple[str, ...]:
    """Posts the alert of a week once to each of its channels. Returns what was done, in words.

    A week that is not this one is not posted where people read it unless `is_old_week_posted`. Raises NotPosted if a
    channel did not accept it; it is safe to call again.
    """
    today = service.clock().astimezone(service.partnership.zone).date()
    this_week = f"{today:%G-W%V}"
    done, failures = [], []
    channels, fault = channels_for(service, _WEEKLY)
    if fault:
        failures.append(f"not posted: {fault}")
    for channel in channels:
        if alert.week != this_week and channel.traits.reaches_people and not is_old_week_posted:
            done.append(f"{channel.name}: {alert.week} is not this week: skipped")
            continue
        try:
            cleared = alert.cleared_for(CLEARANCE[_WEEKLY])
            note = as_note(
                service, f"{_WEEKLY}:{alert.week}", weekly_digest(cleared, service.desk_url), channel.traits.form
            )
            key = MessageKey(date.fromisocalendar(int(alert.week[:4]), int(alert.week[6:]), 1), channel.name, _WEEKLY)
            delivered = deliver(service, channel, key, 1, note)
            done.append(f"{channel.name}: {delivered.words}")
        except Exception as error:  # a failure of one channel must not stop the others
            failures.append(f"{channel.name}: not posted: {failure_words(channel, error)}")
    if failures:
        raise NotPosted("; ".join([*failures, *done]))
    return tuple(done)
