"""Alerts to ops about a day's steps: each once a day, without anything that a partner wrote."""

from collections.abc import Mapping
from datetime import date

from tasking.delivery.notices import notify_ops
from tasking.delivery.service import DeliveryService


def alert_unreadable_reports(service: DeliveryService, day: date, unread: Mapping[str, int]) -> None:
    """Says whose reports could not be read for linking. `unread`: feed -> how many; nothing is sent if it is empty."""
    if not unread:
        return
    count = sum(unread.values())
    head = f"{count} report{'s' if count > 1 else ''} could not be read for linking"
    whose = ", ".join(
        f"{service.feeds[feed].partner if feed in service.feeds else feed}: {n}" for feed, n in unread.items()
    )
    lines = [
        f"{whose}. Each counts as an incident of its own in the briefing.",
        "Report it to the maintainers, with the log of linking. It names the reports, and where reading failed.",
    ]
    notify_ops(service, day, "unread", head, lines)


def alert_rules_set_aside(service: DeliveryService, day: date, set_aside: Mapping[str, str]) -> None:
    """Says which rules did not run. `set_aside`: rule -> what is wrong with it; see triggers.run."""
    for rule, kind in set_aside.items():
        lines = [
            "The other rules ran. The briefing is made without this rule's proposals.",
            f"To see what is wrong: tasking triggers check {rule}. Correct include/rules/{rule}.yml or "
            f"include/sql/rules/{rule}.sql, then clear the task trigger.",
        ]
        notify_ops(service, day, f"rule-{rule}", f"The rule {rule} did not run on {day}: {kind}", lines)


def alert_not_made(service: DeliveryService, day: date, error: Exception) -> None:
    """Says that a day has no briefing, because it could not be made."""
    lines = [f"It could not be made: {type(error).__name__}"]
    notify_ops(service, day, "no-briefing", f"There is no briefing of {day}", lines)


def alert_not_made_anew(service: DeliveryService, day: date, error: Exception) -> None:
    """Says that a day's briefing could not be made again, and that the version before is used."""
    lines = [f"It could not be updated ({type(error).__name__}). The previous version is used."]
    notify_ops(service, day, "not-made-anew", f"The briefing of {day} is without the newest rows", lines)


def alert_not_posted(service: DeliveryService, day: date, error: Exception) -> None:
    """Says that a briefing is made, and that an unexpected error kept it from being posted."""
    lines = [f"It is ready, but could not be posted: a fault in Tasking ({type(error).__name__})"]
    notify_ops(service, day, "not-posted", f"The briefing of {day} is not in every channel", lines)
