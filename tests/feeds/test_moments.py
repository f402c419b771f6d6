"""Times are read as declared, in the partner's own zone, across clock changes."""

import time

import pandas as pd
import pytest

from tasking.config.feed_columns import TimeColumns
from tasking.intake.time_formats import TimeRange
from tasking.intake.times import read_times

LONDON = "Europe/London"
POLICE = TimeColumns(columns=["at"], formats=["%d/%m/%Y %H:%M"])
HOUSING = TimeColumns(columns=["date", "time"], formats=["%d/%m/%y %H:%M", "%d/%m/%Y %H:%M"], unknown_time="00:00")
ISO = TimeColumns(columns=["at"], formats=["iso8601"])
EXCEL = TimeColumns(columns=["at"], formats=["iso8601", "excel"])


def one(field: TimeColumns, *cells: str | None):
    frame = pd.DataFrame([cells], columns=field.columns, dtype="str", index=[1])
    moments = read_times(frame, field, LONDON)
    at = moments.at.iloc[0]
    return None if pd.isna(at) else f"{at:%Y-%m-%d %H:%M}", moments


@pytest.mark.parametrize(
    ("field", "cells", "utc"),
    [
        (POLICE, ("19/10/2026 17:41",), "2026-10-19 16:41"),
        (POLICE, ("19/12/2026 17:41",), "2026-12-19 17:41"),
        (HOUSING, ("22/10/26", "09:30"), "2026-10-22 08:30"),
        (HOUSING, ("22/10/2026", "13:30"), "2026-10-22 12:30"),
        (HOUSING, ("22/10/26", None), "2026-10-21 23:00"),
        (HOUSING, (None, "09:30"), None),
        (ISO, ("2026-10-20T08:00:00Z",), "2026-10-20 08:00"),
        (ISO, ("2026-10-20T08:00:00+01:00",), "2026-10-20 07:00"),
        (ISO, ("2026-10-20T08:00:00",), "2026-10-20 07:00"),  # no offset: the partner's own zone
        (EXCEL, ("46000.5",), "2025-12-09 12:00"),
        (EXCEL, ("2026-10-20T21:15:00",), "2026-10-20 20:15"),
    ],
)
def test_a_time_is_read_as_declared(field, cells, utc):
    assert one(field, *cells)[0] == utc


@pytest.mark.parametrize("text", ["31/02/2026 10:15", "04/13/2026 10:15", "2026-10-19 17:41", "soon", "19/10/26 17:41"])
def test_what_is_no_date_in_the_declared_format_is_a_problem_and_no_guess(text):
    at, moments = one(POLICE, text)
    assert at is None
    assert moments.problem.iloc[0] == "not a date"


def test_a_wall_time_that_does_not_exist_is_a_problem():
    at, moments = one(POLICE, "29/03/2026 01:30")
    assert at is None
    assert moments.problem.iloc[0].startswith("no such time")


def test_of_a_wall_time_that_exists_twice_the_first_is_taken_and_flagged():
    at, moments = one(POLICE, "25/10/2026 01:30")
    assert at == "2026-10-25 00:30"
    assert moments.is_ambiguous.iloc[0]


def test_midnight_in_the_housing_system_means_that_the_time_is_not_known():
    _, moments = one(HOUSING, "22/10/26", "00:00")
    assert not moments.is_time_known.iloc[0]
    assert moments.problem.isna().all()


@pytest.mark.parametrize(
    ("formats", "text", "is_known"),
    [
        (["iso8601", "excel", "%d %B %Y"], "21 October 2026", False),
        (["iso8601", "excel", "%d %B %Y"], "21 October 2026 00:00:00", False),  # a spreadsheet's midnight
        (["iso8601", "excel", "%d %B %Y"], "46316", False),
        (["iso8601", "excel"], "46316.0", False),
        (["iso8601", "excel"], "46316.25", True),
        (["iso8601"], "2026-10-21", False),
        (["iso8601"], "20261021", False),
        (["iso8601"], "2026-10-21 00:00", True),
        (["iso8601"], "2026-10-21T06:15:00+01:00", True),
        (["%d %B %Y %z"], "21 October 2026 +0100", False),
        (["%d %B %Y %H:%M"], "21 October 2026", False),
        (["%d %B %Y", "%d %B %Y %H:%M"], "21 October 2026 06:15", True),
    ],
)
def test_a_time_is_known_only_where_a_time_of_day_was_given(formats, text, is_known):
    at, moments = one(TimeColumns(columns=["at"], formats=formats), text)
    assert at is not None
    assert bool(moments.is_time_known.iloc[0]) == is_known


def test_two_digit_years_in_many_writings_take_no_longer_than_four():
    minutes = [f"{hour}.{minute:02d}pm" for hour in range(1, 12) for minute in range(60)]
    span = TimeRange(pd.Timestamp("2025-10-20", tz="UTC"), pd.Timestamp("2026-10-22", tz="UTC"))
    took = []
    for year, form in (("2026", "%d/%m/%Y %H:%M"), ("26", "%d/%m/%y %H:%M")):
        frame = pd.DataFrame({"at": [f"21/10/{year} {clock}" for clock in minutes]}, dtype="str")
        started = time.process_time()
        moments = read_times(frame, TimeColumns(columns=["at"], formats=[form]), LONDON, span)
        took.append(time.process_time() - started)
        assert moments.is_time_known.all()
        assert moments.at.dt.year.eq(2026).all()
    assert took[1] < 5 * took[0] + 0.1
