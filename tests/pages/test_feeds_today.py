"""Feeds opens on the real date, and says where nothing has come on it yet."""

import datetime as dt

from .conftest import LAST

NOTHING = "Nothing has come yet today."


def at(desk, day: dt.date) -> None:
    desk.now = dt.datetime.combine(day, dt.time(6, 30), dt.UTC)


def test_it_opens_on_today_and_names_the_newest_deliveries(copied, pages):
    at(copied, LAST + dt.timedelta(days=3))
    page = pages().get("/feeds").text
    assert "Feeds, today, 5 November 2026" in page
    assert NOTHING in page
    assert '<a href="/feeds?day=2026-11-02">Monday 2 November 2026</a>' in page


def test_on_a_day_with_deliveries_it_says_no_such_thing(copied, pages):
    at(copied, LAST)
    page = pages().get("/feeds").text
    assert "Feeds, today, 2 November 2026" in page
    assert NOTHING not in page


def test_another_day_is_not_called_today(copied, pages):
    at(copied, LAST + dt.timedelta(days=3))
    page = pages().get(f"/feeds?day={LAST}").text
    assert "Feeds, 2 November 2026" in page
    assert NOTHING not in page


def test_before_the_first_delivery_there_is_no_newest_one(desk):
    from .conftest import Pages

    page = Pages(desk).get("/feeds").text
    assert NOTHING in page
    assert "The newest deliveries" not in page
