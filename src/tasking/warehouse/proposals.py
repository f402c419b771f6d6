"""What people did with the proposals of a briefing. The first word on a step counts, and each is in the log."""

from collections import defaultdict
from datetime import date

import sqlalchemy as sa

from tasking.model.proposal import Standing, Step, Verb
from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.receiving import append_log


def take_step(warehouse: Warehouse, day: date, step: Step, by: str) -> Step:
    """Stores a step and writes it into the log with `by`, who is behind it; or returns the one that stood already."""
    t = tables.proposal_step
    with warehouse.writing() as connection:
        where = (t.c.proposal_id == step.proposal_id, t.c.step == step.verb.step)
        try:
            with connection.begin_nested():
                connection.execute(
                    sa.insert(t).values(
                        proposal_id=step.proposal_id,
                        step=step.verb.step,
                        day=day,
                        verb=step.verb,
                        actor=step.actor,
                        reason=step.reason,
                        at=step.at,
                    )
                )
        except sa.exc.IntegrityError:
            return _step(connection.execute(sa.select(t).where(*where)).one())
        append_log(connection, step.at, by, f"proposal: {step.verb}", step.proposal_id, step.reason)
    return step


def standing(warehouse: Warehouse, day: date) -> dict[str, Standing]:
    """Where the proposals of a day stand, by id; those that nobody touched are left out."""
    t = tables.proposal_step
    steps: dict[str, list[Step]] = defaultdict(list)
    with warehouse.engine.connect() as connection:
        for row in connection.execute(sa.select(t).where(t.c.day == day).order_by(t.c.at, t.c.step)):
            steps[row.proposal_id].append(_step(row))
    return {proposal_id: Standing(tuple(taken)) for proposal_id, taken in steps.items()}


def _step(row: sa.Row) -> Step:  # type: ignore[type-arg]
    return Step(row.proposal_id, Verb(row.verb), row.actor, row.at, row.reason)
