"""Presses in chat: stored before they are acknowledged, with their state until they are carried out and answered.

The state is stored with each step. The decision and its state are one transaction, so that nothing is decided twice.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse

_KEPT_FOR: Final = timedelta(days=30)  # after it has ended; a chat resends a press for far less long


class State(StrEnum):
    ASKING = "asking"  # a form is being opened; submitting it is a press of its own
    RECEIVED = "received"
    DECIDED = "decided"  # the decision is stored, or was before; the message is to be edited
    SHOWN = "shown"  # the message is edited, or need not be; the person is to be answered, if there are words
    ENDED = "ended"


class Press(NamedTuple):
    """A press as it came: who pressed which button, where to answer, and what was filled in: a reason, and `answers` by
    the name of the field."""

    press_id: str
    pressed_by: str
    action: str
    channel: str
    reason: str = ""
    answers: Mapping[str, Any] | None = None


class PendingPress(NamedTuple):
    """A press to work on. `tries`: the attempts in this state, including this one."""

    press: Press
    state: State
    words: str
    tries: int


def store_press(warehouse: Warehouse, press: Press, now: datetime, within_s: float, form_within_s: float = 0) -> bool:
    """Stores a press; False if it is stored already. `form_within_s`: how long the caller has to open a form, if it
    opens one.

    Raises SQLAlchemy's errors if that can't be done within `within_s` seconds.
    """
    p = tables.press
    state = State.ASKING if form_within_s else State.RECEIVED
    until = datetime.now(UTC) + timedelta(seconds=form_within_s) if form_within_s else None
    row = {**press._asdict(), "received_at": now, "state": state, "tries": 0, "words": "", "not_before_at": until}
    try:
        with warehouse.writing_within(within_s) as connection:
            if connection.execute(sa.select(p.c.press_id).where(p.c.press_id == press.press_id)).first():
                return False
            connection.execute(sa.insert(p).values(row))
    except sa.exc.IntegrityError:  # it was sent twice at the same time
        return False
    return True


def is_any_pending(warehouse: Warehouse) -> bool:
    """True if there is a press to work on now."""
    with warehouse.reading() as connection:
        return connection.execute(_pending()).first() is not None


def next_pending(warehouse: Warehouse) -> PendingPress | None:
    """The oldest press to work on now, with this attempt counted; None if there is none."""
    p = tables.press
    with warehouse.writing() as connection:
        row = connection.execute(_pending()).mappings().first()
        if row is None:
            return None
        connection.execute(sa.update(p).where(p.c.press_id == row["press_id"]).values(tries=row["tries"] + 1))
    press = Press(**{name: row[name] for name in Press._fields})
    return PendingPress(press, State(row["state"]), row["words"], row["tries"] + 1)


def _pending() -> sa.Select[Any]:
    p = tables.press
    is_time = p.c.not_before_at.is_(None) | (p.c.not_before_at <= datetime.now(UTC))
    return sa.select(p).where(p.c.state != State.ENDED, is_time).order_by(p.c.received_at, p.c.press_id).limit(1)


def record_form(warehouse: Warehouse, press_id: str, words: str, now: datetime) -> None:
    """Records that the form was opened or, with `words`, that it could not be and what to answer."""
    p = tables.press
    values = {"state": State.SHOWN, "words": words} if words else {"state": State.ENDED, "ended_at": now}
    is_there = (p.c.press_id == press_id, p.c.state == State.ASKING)
    with warehouse.writing() as connection:
        connection.execute(sa.update(p).where(*is_there).values(not_before_at=None, **values))


def advance(warehouse: Warehouse, press: PendingPress, state: State, words: str, now: datetime) -> bool:
    """Stores the new state of a press and what to answer; False if another process has advanced it meanwhile."""
    values: dict[str, Any] = {"state": state, "words": words, "tries": 0, "not_before_at": None}
    if state == State.ENDED:
        values |= {"reason": "", "answers": None, "ended_at": now}
    with warehouse.writing() as connection:
        return connection.execute(sa.update(tables.press).where(*_is(press)).values(values)).rowcount == 1


def postpone(warehouse: Warehouse, press: PendingPress, pause: timedelta) -> None:
    """Postpones the next attempt at a press."""
    with warehouse.writing() as connection:
        later = datetime.now(UTC) + pause
        connection.execute(sa.update(tables.press).where(*_is(press)).values(not_before_at=later))


def _is(press: PendingPress) -> tuple[sa.ColumnElement[bool], ...]:
    p = tables.press
    return p.c.press_id == press.press.press_id, p.c.state == press.state


def forget_old(warehouse: Warehouse, now: datetime) -> None:
    """Deletes presses that ended a month ago or earlier."""
    p = tables.press
    with warehouse.writing() as connection:
        connection.execute(sa.delete(p).where(p.c.state == State.ENDED, p.c.ended_at < now - _KEPT_FOR))
