"""Linkage between partners: signals, memberships by day, questions, people's decisions."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from tasking.warehouse.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_EARLIER = "told again"  # the comparison that version 1 knew


def upgrade() -> None:
    op.create_table(
        "report_signal",
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("signals", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "revision", name=op.f("pk_report_signal")),
    )
    op.create_table(
        "linked_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_linked_day")),
    )
    op.create_table(
        "link_question",
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("report_a", sa.Text(), nullable=False),
        sa.Column("report_b", sa.Text(), nullable=False),
        sa.Column("place_in_line", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("asked_on", "report_a", "report_b", name=op.f("pk_link_question")),
    )
    op.create_table(
        "link_decision",
        sa.Column("decision_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("report_a", sa.Text(), nullable=False),
        sa.Column("report_b", sa.Text(), nullable=False),
        sa.Column("is_same", sa.Boolean(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("decision_number", name=op.f("pk_link_decision")),
    )
    rows = _moved_away()
    table = op.create_table(
        "incident_report",
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("linked_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("linked_to", sa.Text(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "linked_on", name=op.f("pk_incident_report")),
    )
    _index()
    for row in rows:
        row["evidence"] = [[_EARLIER, words, 0.0] for words in _list(row.pop("reasons"))]
    if rows:
        op.bulk_insert(table, rows)
    days = {row["linked_on"] for row in rows}
    count = {day: sum(row["linked_on"] == day for row in rows) for day in days}
    linked = sa.table("linked_day", sa.column("day", sa.Date), sa.column("version"), sa.column("reports"))
    if days:
        op.bulk_insert(
            linked, [{"day": day, "version": "near-identical-1", "reports": count[day]} for day in sorted(days)]
        )


def downgrade() -> None:
    rows = [row for row in _moved_away() if row.pop("left_on") is None]
    table = op.create_table(
        "incident_report",
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("linked_on", sa.Date(), nullable=False),
        sa.Column("linked_to", sa.Text(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_incident_report")),
    )
    _index()
    for row in rows:
        row["reasons"] = [words for _, words, weight in _list(row.pop("evidence")) if weight >= 0]
    if rows:
        op.bulk_insert(table, rows)
    for name in ("link_decision", "link_question", "linked_day", "report_signal"):
        op.drop_table(name)


def _moved_away() -> list[dict[str, Any]]:
    """The rows of incident_report, which is then gone with its index."""
    connection = op.get_bind()
    table = sa.Table("incident_report", sa.MetaData(), autoload_with=connection)
    rows = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
    with op.batch_alter_table("incident_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_report_incident_id"))
    op.drop_table("incident_report")
    return rows


def _index() -> None:
    with op.batch_alter_table("incident_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_report_incident_id"), ["incident_id"], unique=False)


def _list(value: str | list[Any]) -> list[Any]:
    return json.loads(value) if isinstance(value, str) else value
