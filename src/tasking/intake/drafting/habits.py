"""What a partner does beyond its columns: cases printed under several headings, references used again, photos."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from tasking.config.feed import Feed, Photos
from tasking.intake.drafting.column import Column
from tasking.intake.drafting.interview import Choice, Interview
from tasking.intake.drafting.sample import Sheet

_ADDRESSES: Final = 0.6  # share of values that are addresses of pages
_OF_PHOTOS: Final = ("media", "photo", "photos", "image", "images", "picture", "pictures", "attachment", "attachments")
_AGAIN: Final = 0.5  # of a file's references, that another file has for other reports


def photos_of(columns: Sequence[Column]) -> Photos | None:
    """The column of addresses of photos, with the hosts that the sample has; None without one."""
    for column in columns:
        is_named = any(word in _OF_PHOTOS for word in column.words.split())
        if is_named and column.share(lambda one: one.startswith("http")) >= _ADDRESSES:
            hosts = {urlsplit(part).netloc for one in column.distinct for part in one.split()}
            return Photos(column=column.name, hosts=sorted(filter(None, hosts)))
    return None


def habits_of(feed: Feed, sheet: Sheet, interview: Interview) -> dict[str, Any]:
    """Changes to a declaration: `merge_headings`, `ref_unique` and `tells_once`."""
    found: dict[str, Any] = {}
    if _has_headings(feed, sheet):
        words = "Some rows differ in nothing but the kind of report. Are they one report under several headings?"
        choices = (Choice("yes", "one report with several headings"), Choice("no", "each row is a report"))
        found["merge_headings"] = interview.ask("merge_headings", words, choices, "yes") == "yes"
    if _uses_again(feed, sheet):
        words = f'References under "{feed.fields.source_ref}" are used again on other days for other reports'
        choices = (Choice("day", "a reference is one report's for a day"), Choice("for_ever", "it is one report's"))
        found["ref_unique"] = interview.ask("ref_unique", words, choices, "day")
    words = "Does the partner open one report for each incident, however many people call?"
    choices = (Choice("yes", "two of its reports are two incidents"), Choice("no", "two may be one incident"))
    found["tells_once"] = interview.ask("tells_once", words, choices, "no") == "yes"
    return found


def _has_headings(feed: Feed, sheet: Sheet) -> bool:
    """Whether rows of one file are alike in all columns that are read but the category."""
    others = [name for name in feed.fields.columns if name != feed.fields.category]
    frame = sheet.frame[feed.fields.columns].assign(file=[name for name, _ in sheet.lines]).drop_duplicates()
    return bool(frame.duplicated(["file", *others]).any())


def _uses_again(feed: Feed, sheet: Sheet) -> bool:
    """Whether most references of the last file are in another one, with another text and time received."""
    if len(sheet.files) < 2:
        return False
    ref, times = feed.fields.source_ref, feed.fields.received_at.columns
    names = [name for name, _ in sheet.lines]
    frame = sheet.frame[[ref, *times]].assign(file=names).dropna(subset=[ref])
    last = frame[frame["file"] == sheet.files[-1].name]
    before = frame[frame["file"] != sheet.files[-1].name]
    again = last[ref].isin(before[ref]) & ~last[[ref, *times]].fillna("").agg("\x1f".join, axis=1).isin(
        before[[ref, *times]].fillna("").agg("\x1f".join, axis=1)
    )
    return bool(len(last)) and bool(again.mean() >= _AGAIN)
