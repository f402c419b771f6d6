"""A form that a channel opens when a button is pressed: what it asks, and what is filled in beforehand."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

NOT_OPENED: Final = "The form did not open. Nothing was changed. Press the button again."


class Kind(StrEnum):
    """What a field takes."""

    TEXT = "text"  # one or more lines
    CHOICES = "choices"  # one or several of `options`, in the order in which they are chosen
    DAY = "day"


class Field(NamedTuple):
    """One field. `name` is the key of its answer; `value` is filled in beforehand, `chosen` of CHOICES."""

    name: str
    kind: Kind
    label: str
    hint: str = ""
    value: str = ""
    options: Sequence[str] = ()
    chosen: Sequence[str] = ()
    day: date | None = None
    is_optional: bool = False


class Form(NamedTuple):
    """A form. `title` is also the label of the button that sends it; `lines` stand above the fields."""

    title: str
    fields: Sequence[Field]
    lines: Sequence[str] = ()
