"""The monthly quality letter to a partner: what came, what to correct, what would help.

It names columns, reasons, row numbers and references: no people, no text of a report, no restricted row. So it is the
same for everyone who may make one.
"""

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from tasking.intake.feed_quality import FeedQuality
from tasking.intake.partner_quality import quality_between, unmapped_words_of, words_of_expectation
from tasking.intake.service import IntakeService
from tasking.meeting.sheet import Line, Section, Sheet
from tasking.model.errors import TaskingError
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

_MOST_ROWS: Final = 30  # named for one reason
_REFERENCE: Final = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9/._-]{0,29}")
_PHONE: Final = re.compile(r"(?:00?44|0)[\d._-]{8,}")
_FOOT: Final = (
    "This letter names no people and leaves out rows about restricted matters. Your contact at the partnership can "
    "give you an error return with the rows as you sent them."
)


def month_of(text: str) -> date:
    """The first day of a month written as `2026-10`. Raises TaskingError with what was seen."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", text, re.ASCII):
        raise TaskingError(f"“{text[:40]}” is not a month. Write it as 2026-10", field="month")
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise TaskingError(f"there is no month {text}. Write it as 2026-10", field="month") from None


def quality_letter(service: IntakeService, feed: str, month: date) -> Sheet:
    """The letter about a month, up to today where it is not over. `month`: its first day.

    Raises TaskingError for a feed that is not declared, a month to come, or one in which it was never asked for.
    """
    if feed not in service.partnership.feeds:
        raise TaskingError(f"there is no feed {feed!r}. Choose one of: {', '.join(sorted(service.partnership.feeds))}")
    today = service.clock().astimezone(service.partnership.zone).date()
    last = min(month.replace(day=calendar.monthrange(month.year, month.month)[1]), today)
    found = quality_between(service, [feed], [(month, last)], PUBLIC_VISIBILITY)[feed] if month <= last else None
    if found is None or not found.days:
        raise TaskingError(f"{feed}: no delivery was asked for in {month:%B %Y}, so there is nothing to write about")
    rows = service.held_rows_of(feed, month, last, PUBLIC_VISIBILITY)
    unknown = len(unmapped_words_of(service, feed, PUBLIC_VISIBILITY, _days_since(service, month)))
    return Sheet(
        title=f"Your reports in {month:%B %Y}",
        subtitle=f"{service.feeds[feed].partner}, from {service.partnership.name}",
        day=last,
        made_at=service.clock(),
        facts=_facts(found, month, last),
        sections=(
            Section("Thank you", _thanks(found)),
            Section("Rows to correct", _to_correct(rows), empty="None in this letter."),
            Section("Columns", _columns(service, found), empty="Nothing was compared with what was agreed."),
            Section("What would help", _help(service, found, rows, unknown)),
        ),
        foot=_FOOT,
    )


def _days_since(service: IntakeService, day: date) -> int:
    newest = max(service.last_landed().values(), default=day)
    return max((newest - day).days, 0)


def _facts(found: FeedQuality, first: date, last: date) -> tuple[tuple[str, str], ...]:
    facts = [
        ("From", f"{_on(first)} to {_on(last)}"),
        ("Deliveries", f"{found.landed} of {found.expected}, a day each"),
        ("Rows", f"{found.rows:,}"),
    ]
    if found.unchecked:
        facts.append(("Not counted", f"{_days(found.unchecked)} on which we could not look, which is not your fault"))
    return tuple(facts)


def _thanks(found: FeedQuality) -> tuple[Line, ...]:
    if not found.landed:
        return (Line("We would like to hear from you: nothing arrived this month. Tell us if we can help."),)
    return (Line(f"You sent your reports on {_days(found.landed)}, and the meeting could act on them."),)


def _to_correct(rows: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    by_reason: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_reason.setdefault(row["reason"], []).append(row)
    return tuple(Line(_first_capital(reason), _named(of_it)) for reason, of_it in by_reason.items())


def _named(rows: Sequence[Mapping[str, Any]]) -> str:
    columns = dict.fromkeys(name for row in rows for name in row["columns_at_fault"])
    words = f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}. "
    if columns:
        words += f"{'Column' if len(columns) == 1 else 'Columns'}: {', '.join(columns)}. "
    named = "; ".join(_where(row) for row in rows[:_MOST_ROWS])
    return words + named + (f"; and {len(rows) - _MOST_ROWS} more" if len(rows) > _MOST_ROWS else "")


def _where(row: Mapping[str, Any]) -> str:
    reference = shown_reference(row["source_ref"])
    where = f"row {row['row_number']} of {row['day'].day} {row['day']:%B}"
    return f"{where} (reference {reference})" if reference else where


def shown_reference(reference: str | None) -> str:
    """A reference that can only be one; empty for what may be a name, a telephone number or an address instead."""
    is_one = reference and _REFERENCE.fullmatch(reference) and not _PHONE.fullmatch(reference)
    return reference if reference and is_one else ""


def _columns(service: IntakeService, found: FeedQuality) -> tuple[Line, ...]:
    lines = []
    for one in found.expectations:
        met, checked = one.days
        if one.severity == "watch" and one.suite != "delivery":
            words = words_of_expectation(service, found.feed, one.suite, one.name)
            lines.append(Line(_first_capital(words), f"as agreed on {met} of {_days(checked)}"))
    return tuple(lines)


def _help(
    service: IntakeService, found: FeedQuality, rows: Sequence[Mapping[str, Any]], unknown: int
) -> tuple[Line, ...]:
    lines = []
    if rows:
        lines.append(Line("Correct the rows above in your own system. They come to us again with your next delivery."))
    if found.expected > found.landed:
        lines.append(Line("If nothing was reported on a day, a file without rows tells us that all is well."))
    if found.late:
        by = service.partnership.meeting.cut_off_at
        lines.append(Line(f"What arrives by {by:%H:%M} is at that morning’s meeting. {_days(found.late)} came later."))
    if found.not_met_now:
        lines.append(Line("If a column has changed, tell us how: we can change what we expect."))
    if unknown:
        names = "1 name in your reports is" if unknown == 1 else f"{unknown} names in your reports are"
        lines.append(Line(f"Send us your list of categories: {names} not on ours."))
    return tuple(lines) or (Line("Nothing. Please go on as you do."),)


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _on(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _first_capital(words: str) -> str:
    return words[:1].upper() + words[1:]
