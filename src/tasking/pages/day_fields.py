"""Types for days in addresses and forms, which must lie between 2000 and 2099."""

from datetime import date, time
from typing import Annotated, Any, Final

from fastapi import Form, HTTPException
from pydantic import AfterValidator, BeforeValidator

FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)


def _of_the_desk(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise HTTPException(400, f"The desk has days from {FIRST_DAY:%Y} to {LAST_DAY:%Y}.")
    return day


def _that_can_be(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"a day between {FIRST_DAY:%Y} and {LAST_DAY:%Y} is expected")
    return day


def _by_the_clock_here(typed: time | None) -> time | None:
    if typed is not None and typed.tzinfo is not None:
        raise ValueError("a time by the clock here is expected, without a time zone")
    return typed


def _left_empty(value: Any) -> Any:
    return None if value == "" else value


ShownDay = Annotated[date, AfterValidator(_of_the_desk)]  # in an address: an error page if out of range
ShownDayOrNone = Annotated[ShownDay | None, BeforeValidator(_left_empty)]  # a filter field may be empty
TypedDay = Annotated[date, Form(), AfterValidator(_that_can_be)]  # in a form: an error on the page it was sent from
TypedTimeOrNone = Annotated[time | None, Form(), BeforeValidator(_left_empty), AfterValidator(_by_the_clock_here)]
TypedDayOrNone = Annotated[Annotated[date, AfterValidator(_that_can_be)] | None, Form()]
