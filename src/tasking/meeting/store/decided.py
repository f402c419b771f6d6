"""What people decided on some days, and what was still open on a day."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from tasking.model.proposal import ANSWERS, BACK, BY_THE_RULES, Step, Verb
from tasking.model.trigger import Proposal, evidence_from_stored
from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse

_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999


def steps_of_people(warehouse: Warehouse, first: date, last: date) -> list[Step]:
    """The decisions of people from one day to another, both counted, the earliest first; none that was taken back."""
    s = tables.step
    back = s.alias("back")
    is_undone = sa.exists().where(back.c.subject_id == s.c.subject_id, back.c.undoes == s.c.number)
    others = [verb.value for verb in BY_THE_RULES | ANSWERS | BACK]
    query = (
        sa.select(s)
        .where(s.c.day >= first, s.c.day <= last, s.c.verb.not_in(sorted(others)), s.c.undoes.is_(None), ~is_undone)
        .order_by(s.c.at, s.c.subject_id, s.c.number)
    )
    with warehouse.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return [Step(**{name: row[name] for name in Step._fields} | {"verb": Verb(row["verb"])}) for row in rows]


def proposals_of(warehouse: Warehouse, proposal_ids: Collection[str]) -> list[Proposal]:
    """The proposals of these ids."""
    p = tables.proposal
    wanted, found = sorted(proposal_ids), []
    with warehouse.reading() as connection:
        for start in range(0, len(wanted), _CHUNK):
            query = sa.select(p).where(p.c.proposal_id.in_(wanted[start : start + _CHUNK]))
            found += [_proposal(row) for row in connection.execute(query).mappings()]
    return found


def proposals_not_over(warehouse: Warehouse, day: date, expired_since: date) -> list[Proposal]:
    """The proposals raised up to a day, the oldest first, without those that ended before it: rejected, closed, or
    expired before `expired_since`."""
    p = tables.proposal
    is_over = _ended(p.c.proposal_id, ("reject", "close"), day) | _ended(p.c.proposal_id, ("expire",), expired_since)
    query = sa.select(p).where(p.c.raised_on <= day, ~is_over).order_by(p.c.raised_on, p.c.proposal_id)
    with warehouse.reading() as connection:
        return [_proposal(row) for row in connection.execute(query).mappings()]


def taskings_not_over(warehouse: Warehouse, day: date) -> list[str]:
    """The ids of the taskings proposed before a day, without those that were done, dropped or lapsed before it."""
    t = tables.tasking
    is_over = _ended(t.c.tasking_id, ("done", "drop", "reject", "lapse"), day)
    query = sa.select(t.c.tasking_id).where(t.c.proposed_on < day, ~is_over)
    with warehouse.reading() as connection:
        return list(connection.execute(query).scalars())


def _ended(subject_id: sa.Column[str], verbs: Collection[str], before: date) -> sa.ColumnElement[bool]:
    """True where the last step with a subject has one of these verbs and was taken before a day."""
    s = tables.step.alias()
    later = tables.step.alias()
    is_last = ~sa.exists().where(later.c.subject_id == s.c.subject_id, later.c.number > s.c.number)
    return sa.exists().where(s.c.subject_id == subject_id, s.c.verb.in_(verbs), s.c.day < before, is_last)


def _proposal(row: Mapping[Any, Any]) -> Proposal:
    return Proposal(**{**row, "evidence": evidence_from_stored(row["evidence"], row["raised_on"])})
