"""Which taskings a list has to read: those that still ask for something, or those that ended since a day.

Read by the newest step of each, so that a list does not cost more with every year.
"""

from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa

from tasking.model.proposal import Verb
from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse

_LAST_VERBS: Final = (Verb.DONE, Verb.DROP, Verb.REJECT, Verb.LAPSE)  # after each the tasking is over, until another


def live_taskings(warehouse: Warehouse) -> list[str]:
    """The ids of the taskings that are proposed or open: neither ended nor withdrawn untouched."""
    t, s = tables.tasking, tables.step
    is_over = _ended().where(s.c.subject_id == t.c.tasking_id).correlate(t).exists()
    query = sa.select(t.c.tasking_id).where(~is_over, ~_is_withdrawn(t))
    with warehouse.reading() as connection:
        return list(connection.execute(query).scalars())


def taskings_over_since(warehouse: Warehouse, moment: datetime, day: date) -> list[str]:
    """The ids of the taskings that ended since a moment, or were withdrawn since its day: some are taken up again."""
    t, s = tables.tasking, tables.step
    ended = _ended().where(s.c.at >= moment)
    withdrawn = sa.select(t.c.tasking_id).where(t.c.withdrawn_on >= day)
    with warehouse.reading() as connection:
        return list(connection.execute(ended.union(withdrawn)).scalars())


def _ended() -> sa.Select[Any]:
    """The subjects whose newest step is one that ends a tasking. An undo is a newer step, so it is no end."""
    s, newer = tables.step, tables.step.alias("newer")
    later = sa.exists().where(newer.c.subject_id == s.c.subject_id, newer.c.number > s.c.number)
    is_tasking = s.c.subject_id.startswith("T-", autoescape=True)
    return sa.select(s.c.subject_id).where(s.c.verb.in_(_LAST_VERBS), s.c.undoes.is_(None), is_tasking, ~later)


def _is_withdrawn(t: Any) -> sa.ColumnElement[bool]:
    s = tables.step
    return sa.and_(t.c.withdrawn_on.is_not(None), ~sa.exists().where(s.c.subject_id == t.c.tasking_id))


def taskings_of_proposal(warehouse: Warehouse, proposal_id: str) -> list[str]:
    """The ids of the taskings of a group."""
    t = tables.tasking
    with warehouse.reading() as connection:
        return list(connection.execute(sa.select(t.c.tasking_id).where(t.c.proposal_id == proposal_id)).scalars())
