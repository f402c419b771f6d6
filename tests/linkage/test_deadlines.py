"""The day that a text names for something still to come."""

import datetime as dt

import pytest

from tasking.linkage.deadlines import date_to_act_by
from tasking.model.text import folded

RECEIVED = dt.datetime(2026, 10, 22, 9, 0, tzinfo=dt.UTC)  # a Thursday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("They said they will be back on Friday to finish the roof", (2026, 10, 23)),
        ("Return visit expected 23/10 - can CSU cover?", (2026, 10, 23)),
        ("coming back tomorrow at 10 for the money", (2026, 10, 23)),
        ("needs to be clear by 3rd December", (2026, 12, 3)),
        ("appointment booked 24/10/2026", (2026, 10, 24)),
        ("appointment booked 24/10/2025", None),
        ("appointment booked 24/10/27", None),
        ("tenancy due 3 november 2019", None),
        ("the hearing was on monday", None),
        ("he left on Monday", None),
        ("will not come back tomorrow", None),
        ("due on 31/02", None),
    ],
)
def test_what_is_to_come(text, day):
    assert date_to_act_by(folded(text), RECEIVED) == (dt.date(*day) if day else None)
