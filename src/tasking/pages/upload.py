"""Uploads of a partner's file by hand: accepted as the delivery of a day, or refused with an explanation."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, File, Request, UploadFile
from fastapi.responses import Response

from tasking import flows, meeting
from tasking.briefing import plural, short_day
from tasking.config.feed import Feed
from tasking.intake import receiving
from tasking.intake.file_kinds import file_kind
from tasking.intake.readers import read_rows
from tasking.model.access import May
from tasking.model.delivery import Outcome, Receipt
from tasking.model.errors import DeliveryRefused, without_advice
from tasking.model.feed_status import MorningClock
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import FIRST_DAY, LAST_DAY, TypedDay
from tasking.pages.feeds import declared_feed, feeds_of
from tasking.pages.flash import briefing_link, redirect_with_flash
from tasking.pages.render import on
from tasking.services import Services

router = APIRouter()
_FORMATS: Final = {
    "csv": "a CSV file", "json": "a JSON file", "jsonl": "a file of JSON lines", "xlsx": "an Excel workbook (.xlsx)",
}  # fmt: skip
_TABLES: Final = ("an Excel workbook", "an old Excel workbook (.xls)", "a spreadsheet (OpenDocument)")
_COPY: Final = re.compile(r" ?\(\d{1,3}\)(?=\.|$)|\.(?:zip|gz)$", re.IGNORECASE)
_MOST_TRIED: Final = 4 * 1024 * 1024  # bytes of a file that other partners' readers are tried on


@router.post("/feeds/{feed}/bring")
def bring(
    request: Request,
    feed: str,
    day: TypedDay,
    file: Annotated[UploadFile, File()],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
) -> Response:
    """Accepts an uploaded file as the delivery of a day."""
    host = host_of(request)
    services = host.open_services()
    declared, called = declared_feed(services, feed), services.names[feed]
    content, name = file.file.read(declared.file.max_bytes + 1), _base_name(file.filename)
    if words := _already_in(services, feed, day, content):
        return redirect_with_flash(feeds_of(request, day), f"{called}: {words}", anchor=feed)
    wrong = _wrong_before_reading(services, declared, day, name, content)
    if wrong:
        services.audit_log.write(person.name, "file brought by hand", f"{feed} {day}", "not taken")
    else:
        receipt = receiving.receive_by_hand(services.intake, feed, day, name, content, person.name)
        if receipt.outcome.has_landed:
            words = f"{called}: {_taken(declared, receipt)}"
            link = briefing_link(request, day) if flows.is_briefed(services, day) else None
            if link:
                words += f" {host.rerun_briefing(day, person.name)}"
            return redirect_with_flash(feeds_of(request, day), words, anchor=feed, link=link)
        wrong = _wrong_in_words(services, declared, day, receipt, content)
    words = f"{called}: “{name}” was not accepted. {wrong}"
    return redirect_with_flash(f"{feeds_of(request, day)}&bring={feed}", words, is_error=True, anchor=feed)


def _taken(declared: Feed, receipt: Receipt) -> str:
    """What became of the rows of an accepted file, with a hint if none is left or all are held."""
    ledger = receipt.ledger
    words = f"{plural(ledger.rows_in, 'row')}, {ledger.new} new, {ledger.held} held."
    if not ledger.rows_in:
        holds = "headings and no rows" if declared.file.format in ("csv", "xlsx") else "no records"
        words = (
            f"the file was accepted. It has {holds}, so {short_day(receipt.day)} counts as a day with nothing to "
            "report. If rows are missing, upload the file that has them."
        )
    elif ledger.held == ledger.rows_in - ledger.ignored > 0:
        words += (
            " Every row is held. Is this the file for another day? Held rows says why. If it is, reject its rows there "
            "and upload the right file."
        )
    return f"{words} Part of the file could not be read: {receipt.reason}." if receipt.reason else words


def _already_in(services: Services, feed: str, day: date, content: bytes) -> str:
    """`this file is already in: 12 rows at 06:10.`; empty if it is not."""
    digest = hashlib.sha256(content).hexdigest()
    morning = MorningClock(day, services.partnership.meeting, services.partnership.zone)
    for one in services.intake.files(feed, day):
        if one["sha256"] == digest and one["outcome"] == Outcome.LANDED:
            return f"this file has already been received: {one['rows_in']} rows at {morning.clock(one['received_at'])}."
    return ""


def _wrong_before_reading(services: Services, declared: Feed, day: date, name: str, content: bytes) -> str:
    """Why the file cannot be the partner's file of the day, by its day, size, type or name; empty if it may be."""
    tomorrow = meeting.today(services.meeting) + timedelta(days=1)
    if day > tomorrow:
        return (
            f"{on(day)} is too far ahead. You can upload files for up to {on(tomorrow)}. Choose the day that the file "
            "is for."
        )
    if not content:
        return f"The file is empty. Save it again, or ask {declared.partner} for it."
    if len(content) > declared.file.max_bytes:
        most = f"{declared.file.max_bytes // 2**20} MB" if declared.file.max_bytes >= 2**20 else "that"
        return (
            f"The file is larger than {most}, the most that a day’s file can be. {_expected(services, declared, day)}"
        )
    kind = file_kind(content)
    if kind and not (declared.file.format == "xlsx" and kind == "an Excel workbook"):
        return f"This is {kind}{'' if kind in _TABLES else ', not a table'}. {_expected(services, declared, day)}"
    if (named := _day_in(declared, name)) and named != day:
        return (
            f"The file name says {short_day(named)}, but you chose {short_day(day)}. Choose the day that the file is "
            "for. If the name is wrong, rename the file and upload it again."
        )
    others = [
        one for one in services.feeds.values() if one.feed in services.partnership.feeds and one.feed != declared.feed
    ]
    theirs = next((one for one in others if _day_in(one, name)), None)
    if theirs is not None and named is None:
        whose = services.names[theirs.feed]
        return f"The name is that of a file from {whose}. Upload it under {whose}."
    return ""


def _wrong_in_words(services: Services, declared: Feed, day: date, receipt: Receipt, content: bytes) -> str:
    """Why a file was refused when it was read, without advice for maintainers of declarations."""
    if receipt.outcome == Outcome.SAME_AS_BEFORE:
        again = receipt.reason.partition(":")[0]
        return f"Nothing in it is new: {again}. Upload the file for {short_day(day)}."
    found = without_advice(receipt.reason).removeprefix(f"{declared.feed}: ")
    words = f"{found[:1].upper()}{found[1:]}".rstrip(".") + "."
    if theirs := next(_whose(services, declared, content), None):
        whose = services.names[theirs.feed]
        return f"{words} It looks like a file from {whose}. Upload it under {whose}."
    if found != receipt.reason.removeprefix(f"{declared.feed}: "):
        words += f" If {declared.partner} has changed its file permanently, tell the person who maintains the feeds."
    return f"{words} {_expected(services, declared, day)}"


def _whose(services: Services, declared: Feed, content: bytes) -> Iterator[Feed]:
    """The other feeds whose reader accepts the file."""
    if len(content) > _MOST_TRIED:
        return
    for name in services.partnership.feeds:
        other = services.feeds[name]
        if name == declared.feed or other.file.format != declared.file.format:
            continue
        try:
            rows = read_rows(other, content)
        except DeliveryRefused:
            continue
        if not rows.is_empty and len(rows.defects) < len(rows.frame):
            yield other


def _expected(services: Services, declared: Feed, day: date) -> str:
    called = services.names[declared.feed]
    possessive = f"{called}’" if called.endswith("s") else f"{called}’s"
    whose = f"{possessive} file" if called == declared.partner else f"The file from {called}"
    return f"{whose} is {_FORMATS[declared.file.format]} named like {declared.delivery.file_name(day)}."


def _day_in(declared: Feed, name: str) -> date | None:
    """The day in a file name that follows the feed's pattern, ignoring copy suffixes such as ` (1)`; else None."""
    pattern = re.sub(r"\{day:([^}]+)\}", r"\1", declared.delivery.name)
    for one in (name, _COPY.sub("", name)):
        try:
            day = datetime.strptime(one, pattern).date()  # noqa: DTZ007 - a calendar day has no zone
        except (ValueError, re.error):  # a pattern that names a part of the day twice can't be read back
            continue
        return day if FIRST_DAY <= day <= LAST_DAY else None
    return None


def _base_name(name: str | None) -> str:
    return (name or "by hand").replace("\\", "/").rpartition("/")[2][:200] or "by hand"
