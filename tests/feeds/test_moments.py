"""Times are read as declared, in the partner's own zone, across clock changes."""

import pandas as pd
import pytest

from tasking.feeds.declaration import Moment
from tasking.feeds.moments import read_moment

LONDON = "Europe/London"
POLICE = Moment(columns=["at"], formats=["%d/%m/%Y %H:%M"])
HOUSING = Moment(columns=["date", "time"], formats=["%d/%m/%y %H:%M", "%d/%m/%Y %H:%M"], unknown_time="00:00")
ISO = Moment(columns=["at"], formats=["iso8601"])
EXCEL = Moment(columns=["at"], formats=["iso8601", "excel"])


def one(field: Moment, *cells: str | None):
    frame = pd.DataFrame([cells], columns=field.columns, dtype="str", index=[1])
    moments = read_moment(frame, field, LONDON)
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
