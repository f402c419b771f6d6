"""The weekly alert reaches its channels once a week."""

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

    A week that is not this one is posted to nobody unless `is_old_week_posted`. Raises NotPosted where a channel did
    not take it; it is safe to call again.
    """
    today = service.clock().astimezone(service.partnership.zone).date()
    this_week = f"{today:%G-W%V}"
    said, missed = [], []
    channels, fault = channels_for(service, _WEEKLY)
    if fault:
        missed.append(f"not posted: {fault}")
    for channel in channels:
        if alert.week != this_week and channel.traits.reaches_people and not is_old_week_posted:
            said.append(f"{channel.name}: {alert.week} is not this week: left alone")
            continue
        try:
            cleared = alert.cleared_for(CLEARANCE[_WEEKLY])
            note = as_note(
                service, f"{_WEEKLY}:{alert.week}", weekly_digest(cleared, service.desk_url), channel.traits.form
            )
            key = MessageKey(date.fromisocalendar(int(alert.week[:4]), int(alert.week[6:]), 1), channel.name, _WEEKLY)
            done = deliver(service, channel, key, 1, note)
            said.append(f"{channel.name}: {done.words}")
        except Exception as error:  # one channel's failure, ours included, is its own
            missed.append(f"{channel.name}: not posted: {failure_words(channel, error)}")
    if missed:
        raise NotPosted("; ".join([*missed, *said]))
    return tuple(said)
