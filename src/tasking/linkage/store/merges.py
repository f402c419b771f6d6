"""Which reports of an incident people merged."""

from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from tasking.linkage.store.review import counts
from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse

_CHUNK: Final = 400  # values in one IN list; used twice in a query, and SQLite's old limit is 999


class MergedBy(NamedTuple):
    """Who merged two reports, when, and why in their own words."""

    actor: str
    at: datetime
    note: str


def merges_among(warehouse: Warehouse, report_ids: Sequence[str]) -> dict[frozenset[str], MergedBy]:
    """Pairs of these reports -> the newest act that merged the two and that still counts. A split is none, though it
    says of some reports that they stay together."""
    d = tables.link_decision
    acts: dict[Any, list[Any]] = {}
    with warehouse.reading() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            chunk = list(report_ids[start : start + _CHUNK])
            query = sa.select(d).where(d.c.report_a.in_(chunk) | d.c.report_b.in_(chunk), counts(d))
            for row in connection.execute(query.order_by(d.c.decision_number)):
                acts.setdefault(row.act if row.act is not None else (row.actor, row.decided_at), []).append(row)
    here = set(report_ids)
    found: dict[frozenset[str], MergedBy] = {}
    for rows in acts.values():
        if all(row.is_same for row in rows):
            named = sorted({report for row in rows for report in (row.report_a, row.report_b)} & here)
            by = MergedBy(rows[0].actor, rows[0].decided_at, rows[0].note)
            found.update((frozenset(pair), by) for pair in combinations(named, 2))
    return found
