"""The stored features and facts of reports, and the versions they were extracted with."""

from collections.abc import Mapping
from datetime import date

import pandas as pd
import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current
from tasking.warehouse.bulk import insert_frame
from tasking.warehouse.engine import Warehouse

_CHUNK = 400  # pairs of values in one IN list; SQLite's old limit is 999 values


def outdated_revisions(
    warehouse: Warehouse, since: date, until: date, versions: Mapping[str, tuple[str, str]], otherwise: tuple[str, str]
) -> pd.DataFrame:
    """Revisions delivered on the days that have no features or facts, or in another version, with the columns that they
    are extracted from. A report whose text is no longer kept is left out.

    `versions`: feed -> (of features, of facts); `otherwise`: of any other feed. `signals`, `east_m`, `north_m` and
    `slack_m` are the stored ones, where only the facts are in another version; else null.
    """
    # all of report: features are kept of every revision
    # all of report_fact: features are kept of every revision
    r, p, s, f = tables.report, tables.report_person, tables.report_signal, tables.report_fact
    of_signals, of_facts = (
        sa.case(*((r.c.feed == feed, both[which]) for feed, both in versions.items()), else_=otherwise[which])
        for which in (0, 1)
    )
    is_kept = (s.c.version == of_signals) & f.c.report_id.is_not(None)
    query = (
        sa.select(
            r.c.report_id, r.c.revision, r.c.day, r.c.feed, r.c.source_ref, r.c.received_at, r.c.occurred_from,
            r.c.occurred_to, r.c.is_occurred_time_known, r.c.category_text, r.c.category, r.c.sensitivity,
            r.c.is_vulnerable, r.c.is_anonymous, r.c.caller_key, r.c.place_text, r.c.postcode, r.c.latitude,
            r.c.longitude, p.c.text, p.c.caller_name, p.c.caller_phone, p.c.subject_name, p.c.subject_born_on,
            sa.case((is_kept, s.c.signals)).label("signals"), f.c.east_m, f.c.north_m, f.c.slack_m,
        )
        .join(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .outerjoin(s, (s.c.report_id == r.c.report_id) & (s.c.revision == r.c.revision))
        .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
        .where(r.c.day >= since, r.c.day <= until)
        .where(
            s.c.report_id.is_(None) | (s.c.version != of_signals) | s.c.is_sensitive.is_(None)
            | f.c.report_id.is_(None) | (f.c.version != of_facts)
        )
        .order_by(r.c.report_id, r.c.revision)
    )  # fmt: skip
    with warehouse.reading() as connection:
        result = connection.execute(query)
        return pd.DataFrame(result.all(), columns=list(result.keys()))


def unreadable_counts(warehouse: Warehouse, since: date, until: date) -> dict[str, int]:
    """Feed -> how many reports delivered on the days, in their current revision, could not be read."""
    r, s = tables.report, tables.report_signal
    query = (
        sa.select(r.c.feed, sa.func.count().label("reports"))
        .join(s, (s.c.report_id == r.c.report_id) & (s.c.revision == r.c.revision))
        .where(r.c.day >= since, r.c.day <= until, is_current(r, NOW), s.c.is_unread)
        .group_by(r.c.feed)
        .order_by(r.c.feed)
    )
    with warehouse.reading() as connection:
        return {row.feed: row.reports for row in connection.execute(query)}


def first_days(warehouse: Warehouse) -> tuple[date | None, date | None]:
    """The first day with reports, and the first with facts."""
    with warehouse.reading() as connection:
        first = [
            connection.execute(sa.select(sa.func.min(table.c.day))).scalar()
            for table in (tables.report, tables.report_fact)
        ]
    return first[0], first[1]


def versions_between(warehouse: Warehouse, since: date, until: date) -> set[str]:
    """The versions of the stored facts of the days."""
    # all of report_fact: features are kept of every revision
    f = tables.report_fact
    with warehouse.reading() as connection:
        query = sa.select(f.c.version).where(f.c.day >= since, f.c.day <= until).distinct()
        return set(connection.execute(query).scalars())


def store_features(warehouse: Warehouse, signals: pd.DataFrame, facts: pd.DataFrame) -> None:
    """Stores features and facts (the columns of `report_signal` and `report_fact`). Those of the same revisions in
    another version are replaced."""
    with warehouse.writing() as connection:
        for table, frame in ((tables.report_signal, signals), (tables.report_fact, facts)):
            fresh = _replaced(connection, table, frame)
            insert_frame(connection, table, frame.loc[fresh, [column.name for column in table.columns]])


def _replaced(connection: sa.Connection, table: sa.Table, frame: pd.DataFrame) -> list[bool]:
    """Removes these revisions' rows in another version. True for each row that is not stored in this one."""
    is_old = table.c.is_sensitive.is_(None) if table is tables.report_signal else sa.false()
    key = sa.tuple_(table.c.report_id, table.c.revision)
    known: set[tuple[str, int]] = set()
    for version, some in frame.groupby("version", sort=False):
        keys = list(zip(some["report_id"].tolist(), some["revision"].tolist(), strict=True))
        for start in range(0, len(keys), _CHUNK):
            chunk = keys[start : start + _CHUNK]
            connection.execute(sa.delete(table).where(key.in_(chunk), (table.c.version != version) | is_old))
            query = sa.select(table.c.report_id, table.c.revision).where(key.in_(chunk))
            known.update((row.report_id, row.revision) for row in connection.execute(query))
    return [one not in known for one in zip(frame["report_id"], frame["revision"], strict=True)]
