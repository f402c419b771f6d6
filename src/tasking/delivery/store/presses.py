"""Presses in chat: kept before they are acknowledged, and until they are carried out and answered.

How far one has come is stored with each step, the first of them in the transaction of the decision itself, so that
nothing is decided twice.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse

_KEPT_FOR: Final = timedelta(days=30)  # once it has ended; long after a chat has stopped sending it again


class State(StrEnum):
    ASKING = "asking"  # a form is opened that asks why; what is sent with it is a press of its own
    RECEIVED = "received"
    DECIDED = "decided"  # stored as a decision, or found decided already; the message is to show it
    SHOWN = "shown"  # the message shows it, or there is nothing to show; who pressed is to be told the words, if any
    ENDED = "ended"


class Press(NamedTuple):
    """A press as it came: who pressed which button, where to answer, and the reason that was typed, if one was."""

    press_id: str
    pressed_by: str
    action: str
    channel: str
    reason: str = ""


class PendingPress(NamedTuple):
    """A press to work on. `tries`: how many times somebody has begun to in this state, this time among them."""

    press: Press
    state: State
    words: str
    tries: int


def store_press(warehouse: Warehouse, press: Press, now: datetime, within_s: float, asks_for_s: float = 0) -> bool:
    """Stores a press; False where it is there already. `asks_for_s`: for so long whoever stores it has the time to open
    a form that asks why.

    Raises SQLAlchemy's errors where that can't be done within `within_s` seconds.
    """
    p = tables.press
    state = State.ASKING if asks_for_s else State.RECEIVED
    until = datetime.now(UTC) + timedelta(seconds=asks_for_s) if asks_for_s else None
    row = {**press._asdict(), "received_at": now, "state": state, "tries": 0, "words": "", "not_before_at": until}
    try:
        with warehouse.writing_within(within_s) as connection:
            if connection.execute(sa.select(p.c.press_id).where(p.c.press_id == press.press_id)).first():
                return False
            connection.execute(sa.insert(p).values(row))
    except sa.exc.IntegrityError:  # it came twice at once
        return False
    return True


def is_any_pending(warehouse: Warehouse) -> bool:
    """True where there is a press to work on now."""
    with warehouse.reading() as connection:
        return connection.execute(_waiting()).first() is not None


def next_pending(warehouse: Warehouse) -> PendingPress | None:
    """The oldest press to work on now; None where there is none. That somebody has begun to is stored with it."""
    p = tables.press
    with warehouse.writing() as connection:
        row = connection.execute(_waiting()).mappings().first()
        if row is None:
            return None
        connection.execute(sa.update(p).where(p.c.press_id == row["press_id"]).values(tries=row["tries"] + 1))
    press = Press(**{name: row[name] for name in Press._fields})
    return PendingPress(press, State(row["state"]), row["words"], row["tries"] + 1)


def _waiting() -> sa.Select[Any]:
    p = tables.press
    is_time = p.c.not_before_at.is_(None) | (p.c.not_before_at <= datetime.now(UTC))
    return sa.select(p).where(p.c.state != State.ENDED, is_time).order_by(p.c.received_at, p.c.press_id).limit(1)


def record_form(warehouse: Warehouse, press_id: str, words: str, now: datetime) -> None:
    """Records that the form was opened; or what who pressed is to be told, where it could not be."""
    p = tables.press
    values = {"state": State.SHOWN, "words": words} if words else {"state": State.ENDED, "ended_at": now}
    is_there = (p.c.press_id == press_id, p.c.state == State.ASKING)
    with warehouse.writing() as connection:
        connection.execute(sa.update(p).where(*is_there).values(not_before_at=None, **values))


def advance(warehouse: Warehouse, press: PendingPress, state: State, words: str, now: datetime) -> bool:
    """Records how far a press has come, and what who pressed is to be told.

    False where somebody else has brought it further meanwhile: then nothing is recorded.
    """
    values: dict[str, object] = {"state": state, "words": words, "tries": 0, "not_before_at": None}
    if state == State.ENDED:
        values |= {"reason": "", "ended_at": now}
    with warehouse.writing() as connection:
        return connection.execute(sa.update(tables.press).where(*_is(press)).values(values)).rowcount == 1


def postpone(warehouse: Warehouse, press: PendingPress, pause: timedelta) -> None:
    """Leaves a press to be tried again after a pause."""
    with warehouse.writing() as connection:
        later = datetime.now(UTC) + pause
        connection.execute(sa.update(tables.press).where(*_is(press)).values(not_before_at=later))


def _is(press: PendingPress) -> tuple[sa.ColumnElement[bool], ...]:
    p = tables.press
    return p.c.press_id == press.press.press_id, p.c.state == press.state


def forget_old(warehouse: Warehouse, now: datetime) -> None:
    """Removes presses that ended a month ago."""
    p = tables.press
    with warehouse.writing() as connection:
        connection.execute(sa.delete(p).where(p.c.state == State.ENDED, p.c.ended_at < now - _KEPT_FOR))
