"""The words that the agenda, the minutes and the handover share: days, who does it by when, what may leave the desk."""

from collections.abc import Sequence
from datetime import date

from tasking.meeting.answers import words_for_mail
from tasking.meeting.taskings import Tasking


def long_day(day: date) -> str:
    """`26 November 2026`"""
    return f"{day.day} {day:%B %Y}"


def weekday(day: date) -> str:
    """`Thursday 26 November 2026`"""
    return f"{day:%A} {long_day(day)}"


def short(day: date) -> str:
    """`Thu 26 Nov`"""
    return f"{day:%a} {day.day} {day:%b}"


def upper_first(words: str) -> str:
    return words[:1].upper() + words[1:]


def lower_first(words: str) -> str:
    return words[:1].lower() + words[1:]


def agreed_words(owners: Sequence[str], due_on: date | None, *, is_group: bool = False) -> str:
    """`Kent Police, by Thu 26 Nov` or `Kent Police leads, first review Thu 26 Nov`."""
    who = " and ".join(owners)
    if is_group:
        return f"{who} leads" + (f", first review {short(due_on)}" if due_on else "")
    return who + (f", by {short(due_on)}" if due_on else "")


def public_what(tasking: Tasking) -> str:
    """What is to be done, as it may leave the desk: nothing that a person typed."""
    return words_for_mail(tasking) or f"the tasking {tasking.tasking_id} (see the desk)"
