"""Acts on follow-ups in the warehouse. Append-only; every act is in the log."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from tasking.model.follow_up import Act, How, Result, Verb
from tasking.warehouse import tables
from tasking.warehouse.audit_log import Entry, append_entries
from tasking.warehouse.engine import Warehouse, transaction_lock

_FIELDS: Final = ("verb", "day", "at", "actor", "partner", "how", "contacted_at", "result", "note", "undoes")


def acts(warehouse: Warehouse) -> list[Act]:
    """Every act, the earliest first, with the reports that it is about."""
    with warehouse.reading() as connection:
        return _acts(connection)


def acts_on(warehouse: Warehouse, report_ids: Sequence[str]) -> list[Act]:
    """The acts on these reports, at most a few hundred, the earliest first."""
    a, about = tables.follow_up, tables.follow_up_report
    with warehouse.reading() as connection:
        numbers = sa.select(about.c.act_number).where(about.c.report_id.in_(report_ids)).distinct()
        wanted = list(connection.execute(numbers).scalars())
        undos = sa.select(a.c.act_number).where(a.c.undoes.in_(wanted))
        return _acts(connection, [*wanted, *connection.execute(undos).scalars()])


def store_act(
    warehouse: Warehouse, act: Act, check: Callable[[Sequence[Act]], None], log_action: str, log_note: str
) -> Act:
    """Stores an act with the next number, and logs it for each of its reports, in one transaction.

    `check` is given the acts stored so far and raises where this one may not follow them.
    """
    a, about = tables.follow_up, tables.follow_up_report
    with warehouse.writing() as connection:
        transaction_lock(connection, "follow-ups")
        check(_acts(connection))
        last = connection.execute(sa.select(sa.func.max(a.c.act_number))).scalar()
        numbered = act._replace(number=(last or 0) + 1)
        values = {name: getattr(numbered, name) for name in _FIELDS}
        connection.execute(sa.insert(a).values(act_number=numbered.number, is_settled=numbered.settles, **values))
        rows = [{"act_number": numbered.number, "report_id": report} for report in numbered.report_ids]
        connection.execute(sa.insert(about), rows)
        append_entries(connection, act.at, [Entry(act.actor, log_action, one, log_note) for one in act.report_ids])
    return numbered


def _acts(connection: sa.Connection, only: Sequence[int] | None = None) -> list[Act]:
    a, about = tables.follow_up, tables.follow_up_report
    reports: dict[int, list[str]] = defaultdict(list)
    is_wanted = (about.c.act_number.in_(only), a.c.act_number.in_(only)) if only is not None else (sa.true(), sa.true())
    for row in connection.execute(sa.select(about).where(is_wanted[0]).order_by(about.c.act_number, about.c.report_id)):
        reports[row.act_number].append(row.report_id)
    rows = connection.execute(sa.select(a).where(is_wanted[1]).order_by(a.c.act_number)).mappings()
    return [_act(row, tuple(reports[row["act_number"]])) for row in rows]


def _act(row: Any, report_ids: tuple[str, ...]) -> Act:
    kept = {name: row[name] for name in _FIELDS}
    typed = {
        "verb": Verb(row["verb"]),
        "how": How(row["how"]) if row["how"] else None,
        "result": Result(row["result"]) if row["result"] else None,
    }
    return Act(number=row["act_number"], report_ids=report_ids, **{**kept, **typed})
