"""What the briefing says of a feed: its state, and the notice where its news is not complete."""

import datetime as dt

import pytest

from tasking.briefing.feed_lines import feed_lines, notices
from tasking.model.delivery import LATE_FILE_TAKEN, NOT_TAKEN, NOT_WHOLE

MONDAY, TUESDAY = dt.date(2026, 10, 26), dt.date(2026, 10, 27)
NAMES = {"police": "Kent Police"}


def due_at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(7, 30), dt.UTC)


def row(day: dt.date, outcome: str, reason: str = "", *, minutes: int = 5, rows_in: int = 0, feed: str = "police"):
    """A row of feeds.sql. `minutes`: between the due time and the last poll."""
    figures = dict.fromkeys(("new_reports", "repeats", "revisions", "held", "out_of_area", "ignored"), 0)
    asked_at = due_at(day) + dt.timedelta(minutes=minutes)
    return {"feed": feed, "day": day, "outcome": outcome, "reason": reason, "asked_at": asked_at, "rows_in": rows_in} | figures  # fmt: skip


def said(*rows, covers=(TUESDAY,), heard: dt.date | None = MONDAY) -> tuple[str, tuple[str, ...]]:
    """The state of the police's feed, and the notices."""
    polled = {"police": covers[0]}
    (line,) = feed_lines(["police"], NAMES, covers, rows, polled)
    return line.state, notices(["police"], NAMES, covers, rows, {"police": heard} if heard else {}, polled, due_at)


@pytest.mark.parametrize(
    ("last", "state", "words"),
    [
        (row(TUESDAY, "refused", "column “Ref” is missing"), "refused",
         "a file came and was refused: it is not in the agreed form"),
        (row(TUESDAY, "same_as_before", "the file of “Mon” was sent again"), "an old file",
         "the file of “…” was sent again"),
        (row(TUESDAY, "unreachable", "no answer from sftp.example"), "could not be reached",
         "we could not receive it, which is for us to fix"),
        (row(TUESDAY, "missing", NOT_WHOLE + "it grew from 3 to 4 kB"), "still being sent",
         "the file was still being sent when we last checked"),
        (row(TUESDAY, "missing", NOT_WHOLE + "it grew from 3 to 4 kB", minutes=-5), "still being sent",
         "the file was still being sent when we last checked"),
        (row(TUESDAY, "missing", minutes=-5), "missing",
         "it was not there when we last checked, before it was due"),
        (row(TUESDAY, "missing", f"{NOT_TAKEN}: “a.exe”", minutes=-5), "missing",
         "it was not there when we last checked, before it was due"),
        (row(TUESDAY, "missing", f"{NOT_TAKEN}: “a.exe”"), "missing",
         "no usable file came"),
        (row(TUESDAY, "missing", f"no file of the day; {LATE_FILE_TAKEN}"), "missing",
         "no usable file came"),
        (row(TUESDAY, "missing", "the folder is empty"), "missing",
         "there was no usable file"),
        (row(TUESDAY, "missing", minutes=0), "missing", "no file came"),
    ],
)  # fmt: skip
def test_a_notice_says_whose_fault_it_is_and_quotes_no_partner(last, state, words):
    assert said(last) == (state, (f"Kent Police: nothing since Mon 26 Oct; {words}",))


def test_a_feed_that_was_never_asked_is_not_blamed():
    assert said(heard=None) == ("not checked", ("Kent Police: nothing yet; we have not checked for it",))


def test_what_came_in_part_names_no_days_if_one_is_covered():
    words = "Kent Police: incomplete; some of it could not be used"
    assert said(row(TUESDAY, "landed_in_part", "page 3 of 4 was not sent")) == ("in part", (words,))


def test_what_came_in_part_names_its_days_if_several_are_covered():
    rows = row(MONDAY, "landed_in_part", "page 3 of 4 was not sent"), row(TUESDAY, "landed", rows_in=4)
    words = "Kent Police: incomplete on Mon 26 Oct; some of it could not be used"
    assert said(*rows, covers=(MONDAY, TUESDAY)) == ("in part on 1 of 2 days", (words,))


def test_the_days_without_news_are_named_if_others_have_come():
    rows = row(MONDAY, "missing"), row(TUESDAY, "landed", rows_in=4)
    assert said(*rows, covers=(MONDAY, TUESDAY)) == (
        "missing on 1 of 2 days", ("Kent Police: nothing for Mon 26 Oct; no file came",)
    )  # fmt: skip


@pytest.mark.parametrize(("rows_in", "state"), [(4, "landed"), (0, "landed, nothing to report")])
def test_a_file_without_rows_is_news_and_needs_no_notice(rows_in, state):
    assert said(row(TUESDAY, "landed", rows_in=rows_in)) == (state, ())


def test_a_feed_that_is_no_longer_declared_keeps_its_line_while_its_rows_are_counted():
    rows = [row(TUESDAY, "landed", rows_in=4), row(TUESDAY, "landed", rows_in=2, feed="parish")]
    lines = feed_lines(["police"], NAMES, [TUESDAY], rows, {"police": TUESDAY})
    assert [(line.partner, line.rows_in) for line in lines] == [("Kent Police", 4), ("parish", 2)]
