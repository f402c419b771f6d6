"""Stores which category a person gave to a partner's word, and lists the words of reports."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current
from tasking.warehouse.audit_log import append_log
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import Visibility


def mapped_words(warehouse: Warehouse) -> dict[str, str]:
    """Word -> category, of every word that a person mapped."""
    w = tables.category_word
    with warehouse.reading() as connection:
        return {row.word: row.category for row in connection.execute(sa.select(w.c.word, w.c.category))}


def map_word(warehouse: Warehouse, word: str, category: str | None, actor: str, now: datetime) -> None:
    """Stores the category of a word, in place of the one it had; None takes the mapping away. Logged."""
    w = tables.category_word
    with warehouse.writing() as connection:
        connection.execute(sa.delete(w).where(w.c.word == word))
        if category is not None:
            row = {"word": word, "category": category, "decided_by": actor, "decided_at": now}
            connection.execute(sa.insert(w).values(row))
        action = "category word mapped" if category else "category word no longer mapped"
        append_log(connection, now, actor, action, word, category or "")


def words_since(warehouse: Warehouse, since: date, visibility: Visibility) -> list[dict[str, Any]]:
    """One row for each word and feed since a day: reports, and the last day. Only reports that `visibility` may see."""
    r = tables.report
    query = (
        sa.select(r.c.feed, r.c.category_text, sa.func.count().label("reports"), sa.func.max(r.c.day).label("last_day"))
        .where(is_current(r, NOW), r.c.day >= since, r.c.category_text.is_not(None), visibility.report(r.c.report_id))
        .group_by(r.c.feed, r.c.category_text)
        .order_by(r.c.feed, r.c.category_text)
    )
    with warehouse.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
