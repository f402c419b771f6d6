"""When it happened, from fields and from words."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from tasking.linkage.event_time import event_time

LONDON = ZoneInfo("Europe/London")
RECEIVED = dt.datetime(2026, 10, 21, 9, 0, tzinfo=LONDON)  # a Wednesday


def told(text, received=RECEIVED, day=None):
    moment = dt.datetime.combine(day, dt.time(0), LONDON) if day else None
    return event_time(received, moment, None, False, text, LONDON)


def local(moment):
    return moment.astimezone(LONDON).strftime("%a %d %H:%M")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("On Tuesday night they were at it again", "Tue 20 19:00", "Wed 21 06:00"),
        ("It woke us about quarter to ten last night", "Tue 20 21:45", "Tue 20 21:45"),
        ("Taken between 1800 and 0700 yesterday", "Tue 20 18:00", "Wed 21 07:00"),
        ("half past seven this morning", "Wed 21 07:30", "Wed 21 07:30"),
        ("ten past two of Monday night", "Tue 20 02:10", "Tue 20 02:10"),
        ("yesterday teatime", "Tue 20 15:30", "Tue 20 19:00"),
        ("at 3.12am on Wednesday", "Wed 21 03:12", "Wed 21 03:12"),
        ("Occurred overnight", "Tue 20 20:00", "Wed 21 08:00"),
        ("seen 19/10, about 2140 hrs", "Mon 19 21:40", "Mon 19 21:40"),
        ("two hours ago", "Wed 21 07:00", "Wed 21 07:00"),
    ],
)
def test_words_say_when(text, first, last):
    found = told(text)
    assert found.source == "told"
    assert (local(found.first), local(found.last)) == (first, last)


def test_the_weekend_is_friday_evening_to_monday_morning():
    found = told("Over the weekend somebody cut the fence", dt.datetime(2026, 10, 26, 9, 0, tzinfo=LONDON))
    assert (local(found.first), local(found.last)) == ("Fri 23 18:00", "Mon 26 06:00")


@pytest.mark.parametrize(
    "text", ["The contractor comes on Friday", "He sat on the wall", "clutter scale 8/9", "15 friends"]
)
def test_what_is_no_time_of_the_event_is_not_taken_for_one(text):
    assert told(text).source == "assumed"


def test_midnight_in_a_field_is_a_day_without_its_time():
    midnight = dt.datetime(2026, 10, 20, 0, 0, tzinfo=LONDON)
    found = event_time(RECEIVED, midnight, None, True, "nothing about when", LONDON)
    assert found.source == "day"
    assert (local(found.first), local(found.last)) == ("Tue 20 00:00", "Wed 21 00:00")


def test_a_field_is_believed_before_words():
    moment = dt.datetime(2026, 10, 20, 22, 15, tzinfo=LONDON)
    found = event_time(RECEIVED, moment, None, True, "This morning I rang you", LONDON)
    assert (found.source, found.first) == ("field", moment)


def test_the_night_before_the_date_that_a_partner_gives_is_read_from_the_text():
    found = told("Car vandalised Fri night", dt.datetime(2026, 10, 26, 9, 55, tzinfo=LONDON), dt.date(2026, 10, 24))
    assert local(found.first) == "Fri 23 19:00"


def test_words_in_the_night_of_the_clock_change_are_local_time():
    found = told("it began half past eleven last night", dt.datetime(2026, 10, 25, 9, 0, tzinfo=LONDON))
    assert found.first.astimezone(dt.UTC).hour == 22  # still summer time


def test_nothing_said_is_the_day_before_it_was_received():
    found = told("A bench is broken")
    assert (RECEIVED - found.first, found.last) == (dt.timedelta(hours=24), RECEIVED)
