"""A report that somebody of the unit takes by hand, by telephone or at the counter.

It is stored as a delivery of one row by the reserved feed (config.desk_feed), so that it is read, checked, located,
linked, counted, kept and erased like the row of any partner.
"""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import pandas as pd

from tasking.config import desk_feed
from tasking.config.desk_feed import DESK
from tasking.intake.contacts import addresses_in, numbers_in
from tasking.intake.delivered_file import DeliveredFile
from tasking.intake.postcodes import postcodes_in
from tasking.intake.readers import read_rows
from tasking.intake.report_checks import check_reports
from tasking.intake.row_isolation import normalise_in_isolation
from tasking.intake.service import IntakeService
from tasking.intake.store import by_hand as store
from tasking.intake.store import deliveries, feed_days, revisions
from tasking.model.day import moment_of
from tasking.model.delivery import Ledger, Outcome, Receipt
from tasking.model.errors import TaskingError
from tasking.places.names import words_of
from tasking.places.place_choices import PlaceChoice, place_choices

_SUBMISSION: Final = re.compile(r"[0-9a-f]{32}")
_MOST_TEXT: Final = 8000
_OLDEST: Final = timedelta(days=366)
_STAND_IN: Final = "CSU-00-000000"  # the reference of a report that is only checked


@dataclass(frozen=True)
class NewReport:
    """A report as it was typed. `category` is a code of categories.yml; `place` is where the caller says it was, and
    `chosen` the public name of the place of the gazetteer that they mean."""

    text: str
    category: str
    place: str = ""
    chosen: str = ""
    postcode: str = ""
    occurred_on: date | None = None
    occurred_at: time | None = None
    caller_name: str = ""
    caller_phone: str = ""
    caller_email: str = ""
    is_anonymous: bool = False
    wants_contact: bool = False
    subject_name: str = ""
    is_vulnerable: bool = False


@dataclass(frozen=True)
class CheckedReport:
    """A report that can be stored. `place`: the place of the gazetteer that it names, if any; `is_restricted`: by its
    category or its words; `day`: its reporting day, and `briefing_on` the meeting whose briefing it will be in."""

    new: NewReport
    place: PlaceChoice | None
    is_restricted: bool
    is_out_of_area: bool
    day: date
    briefing_on: date


@dataclass(frozen=True)
class Taken:
    """A report that was stored: its reference for the caller. `is_first`: False where the form was sent before."""

    reference: str
    report_id: str
    day: date
    briefing_on: date
    is_restricted: bool
    is_first: bool


def reporting_day(service: IntakeService, at: datetime) -> date:
    """The reporting day of what is reported at a moment: until 06:00 that morning's, then the next day's."""
    calendar = service.partnership.calendar
    local = at.astimezone(calendar.zone)
    return local.date() if local.time() < calendar.day_starts_at else local.date() + timedelta(days=1)


def briefing_on(service: IntakeService, day: date) -> date:
    """The meeting day whose briefing covers a reporting day."""
    calendar = service.partnership.calendar
    return day if calendar.is_meeting_day(day) else calendar.meeting_days_after(day, 1)


def choices(service: IntakeService, new: NewReport) -> list[PlaceChoice]:
    """The places of the gazetteer that a report may mean, by its words for the place."""
    return place_choices(service.gazetteer, new.place) if new.place.strip() else []


def check(service: IntakeService, new: NewReport) -> CheckedReport:
    """What a report would be, with nothing stored. Raises TaskingError, naming the field, for what is missing or can't
    be right."""
    now = service.clock()
    _refuse_unfit(service, new, now)
    day = reporting_day(service, now)
    place = _place_of(service, new)
    reports = _read(service, new, place, _STAND_IN, now, day)
    row = reports.iloc[0]
    return CheckedReport(
        new, place, bool(row["is_restricted"]), bool(row["is_out_of_area"]), day, briefing_on(service, day)
    )


def take(service: IntakeService, submission: str, new: NewReport, actor: str) -> Taken:
    """Stores a report and gives it a reference. A form that is sent twice (`submission`) makes one report.

    Raises TaskingError as `check` does; nothing is stored then.
    """
    if _SUBMISSION.fullmatch(submission) is None:
        raise TaskingError("This form can’t be used any more. Open the page again.")
    feed = service.feeds[DESK]
    before = store.given(service.warehouse, submission)
    if before is None or not _is_stored(service, before):
        checked = check(service, new)
        now = service.clock()
        local_year = now.astimezone(service.partnership.zone).year
        given = store.give_reference(service.warehouse, submission, local_year, checked.day, now, actor)
        content = _content(service, new, checked.place, given.source_ref, given.taken_at)
        name = f"{given.source_ref}.csv"
        file = DeliveredFile(DESK, given.day, service.archive.keep(content), name, len(content))
        reports = _read(service, new, checked.place, given.source_ref, given.taken_at, given.day)
        receipt = deliveries.store_delivery(
            service.warehouse, file, reports, [], Ledger(rows_in=1), [], service.clock()
        )
        feed_days.store(service.warehouse, Receipt(DESK, given.day, Outcome.LANDED, receipt.ledger), service.clock())
        is_restricted = checked.is_restricted
    else:
        given, is_restricted = before, _is_restricted(service, before)
    return Taken(
        given.source_ref, f"{feed.feed}:{given.source_ref}", given.day, briefing_on(service, given.day), is_restricted,
        before is None,
    )  # fmt: skip


def _is_stored(service: IntakeService, given: store.Given) -> bool:
    return bool(_stored(service, given))


def _is_restricted(service: IntakeService, given: store.Given) -> bool:
    return any(one["is_restricted"] for one in _stored(service, given).values())


def _stored(service: IntakeService, given: store.Given) -> dict[str, dict[str, Any]]:
    return revisions.latest_revisions(service.warehouse, [f"{DESK}:{given.source_ref}"])


def _refuse_unfit(service: IntakeService, new: NewReport, now: datetime) -> None:
    """Raises TaskingError for the first thing that is wrong with what was typed."""
    zone = service.partnership.zone
    codes = {one.code for one in service.conventions.categories.categories}
    phone, email = new.caller_phone.strip(), new.caller_email.strip()
    wrong = (
        ("text", not new.text.strip(), "Enter what was said"),
        ("text", len(new.text) > _MOST_TEXT, f"What was said must be {_MOST_TEXT:,} characters or fewer"),
        ("text", not _is_storable(new), "This contains characters that can’t be used. Type it again without them."),
        ("category", new.category not in codes, "Choose a category"),
        ("postcode", _is_unreadable(new.postcode, postcodes_in), "Enter a full postcode, such as TN13 1AB"),
        *_wrong_times(new, now.astimezone(zone)),
        ("caller_phone", _is_unreadable(phone, numbers_in), "Enter a telephone number, such as 01632 960 001"),
        ("caller_email", _is_unreadable(email, addresses_in), "Enter an email address, such as name@example.org"),
        ("wants_contact", new.wants_contact and new.is_anonymous,
         "A caller who stays anonymous can’t be contacted. Choose one of the two."),
        ("caller_phone", new.wants_contact and not (phone or email),
         "Enter a telephone number or an email address, so that the caller can be contacted"),
    )  # fmt: skip
    for field, is_wrong, words in wrong:
        if is_wrong:
            raise TaskingError(words, field=field)
    if new.occurred_on and new.occurred_at and moment_of(new.occurred_on, new.occurred_at, zone, "occurred_at") > now:
        raise TaskingError("Enter a time that is not in the future", field="occurred_at")


def _wrong_times(new: NewReport, local: datetime) -> tuple[tuple[str, bool, str], ...]:
    on, at = new.occurred_on, new.occurred_at
    return (
        ("occurred_on", on is not None and on > local.date(), "Enter a date that is not in the future"),
        ("occurred_on", on is not None and on < local.date() - _OLDEST, "Enter a date within the last year"),
        ("occurred_on", on is None and at is not None, "Enter the date as well as the time"),
    )


def _is_unreadable(typed: str, read: Callable[[str], list[str]]) -> bool:
    return bool(typed.strip()) and not read(typed)


def _is_storable(new: NewReport) -> bool:
    try:
        "".join(str(value) for value in vars(new).values()).encode()
    except UnicodeEncodeError:
        return False
    return True


def _place_of(service: IntakeService, new: NewReport) -> PlaceChoice | None:
    """The place of the gazetteer that was chosen, or the only one that the words may mean where none was."""
    found = choices(service, new)
    if new.chosen:
        return next((one for one in found if one.name == new.chosen), None)
    return found[0] if len(found) == 1 else None


def _read(
    service: IntakeService, new: NewReport, place: PlaceChoice | None, reference: str, at: datetime, day: date
) -> pd.DataFrame:
    """The report as a frame of one row, read and checked like the row of a partner. Raises TaskingError where it would
    be held."""
    feed = service.feeds[DESK]
    rows = read_rows(feed, _content(service, new, place, reference, at))
    normalised, located = normalise_in_isolation(service, feed, day, rows)
    reports, checked = check_reports(service, feed, located, normalised.raw)
    if checked.reasons:
        at_fault = next(iter(checked.columns.values()), ())
        field = "text" if "text" in at_fault else ""
        raise TaskingError(f"This can’t be recorded as it is: {next(iter(checked.reasons.values()))}", field=field)
    return _of_category(service, reports, new.category)


def _of_category(service: IntakeService, reports: pd.DataFrame, code: str) -> pd.DataFrame:
    """The report with the category that was chosen, however its label would be read."""
    chosen = next(one for one in service.conventions.categories.categories if one.code == code)
    return reports.assign(
        category=chosen.code,
        priority=pd.Series(chosen.priority, index=reports.index, dtype="str"),
        asb_kind=pd.Series(chosen.asb_kind, index=reports.index, dtype="str"),
        is_restricted=reports["is_restricted"] | chosen.restricted,
    )


def _content(service: IntakeService, new: NewReport, place: PlaceChoice | None, reference: str, at: datetime) -> bytes:
    """The report as a file of one row, as the reserved feed declares it."""
    answers = {True: desk_feed.YES, False: desk_feed.NO}
    row = {
        desk_feed.REFERENCE: reference,
        desk_feed.RECEIVED_AT: at.isoformat(timespec="seconds"),
        desk_feed.OCCURRED_ON: new.occurred_on.isoformat() if new.occurred_on else "",
        desk_feed.OCCURRED_AT: f"{new.occurred_at:%H:%M}" if new.occurred_at else "",
        desk_feed.CATEGORY: service.conventions.categories.labels[new.category],
        desk_feed.PLACE: _place_words(service, new, place),
        desk_feed.POSTCODE: new.postcode,
        desk_feed.POSITION: place.pair if place else "",
        desk_feed.CALLER_NAME: new.caller_name,
        desk_feed.CALLER_PHONE: new.caller_phone,
        desk_feed.CALLER_EMAIL: new.caller_email,
        desk_feed.IS_ANONYMOUS: answers[new.is_anonymous],
        desk_feed.WANTS_CONTACT: answers[new.wants_contact],
        desk_feed.SUBJECT_NAME: new.subject_name,
        desk_feed.IS_VULNERABLE: answers[new.is_vulnerable],
        desk_feed.TEXT: new.text,
    }
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, service.feeds[DESK].columns)
    writer.writeheader()
    writer.writerow({name: " ".join(value.split()) if name != desk_feed.TEXT else value for name, value in row.items()})
    return written.getvalue().encode()


def _place_words(service: IntakeService, new: NewReport, place: PlaceChoice | None) -> str:
    """The words for the place as they were typed, with the place that was chosen where they do not name it."""
    if place is not None and words_of(new.place) == words_of(place.name)[: len(words_of(new.place))]:
        return place.name
    if place is None or service.gazetteer.public_name(new.place)[0] == place.name:
        return new.place
    return f"{new.place}, {place.name}"
