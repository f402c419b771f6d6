"""Times are UTC on both databases, and what a column of a query is follows from its name."""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC. A naive one is refused."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone can't be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=UTC) if value is not None else None


def column_type(name: str) -> sa.types.TypeEngine[Any] | None:
    """The type of a query's column by the name it is given; None where the driver knows as much."""
    if name.endswith("_at") or name in ("occurred_from", "occurred_to"):
        return UtcDateTime()
    if name == "day" or name.endswith(("_day", "_on")):
        return sa.Date()
    if name.startswith(("is_", "wants_", "has_")):
        return sa.Boolean()
    return None


def bound(name: str, value: Any) -> sa.BindParameter[Any]:
    """A parameter for a query file: lists expand, times become UTC."""
    if isinstance(value, list | tuple):
        return sa.bindparam(name, value=list(value), expanding=True)
    if isinstance(value, datetime):
        return sa.bindparam(name, value=value, type_=UtcDateTime())
    if isinstance(value, date):
        return sa.bindparam(name, value=value, type_=sa.Date())
    return sa.bindparam(name, value=value)
