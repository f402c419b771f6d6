"""Triggers: facts that the rules count, proposals and their steps, taskings, feedback given."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from tasking.warehouse.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_VERBS_OF_ONE_STEP = {"approve": "decided", "reject": "decided"}

# One row a revision of a report and an incident that it was in. As of a day, a row counts with `day` and `linked_on` up
# to that day, and `superseded_on` and `left_on` empty or after it.
_TOLD = """
CREATE VIEW told AS
SELECT
    f.report_id, f.revision, f.day, r.superseded_on, i.incident_id, i.linked_on, i.left_on,
    r.feed, r.category, r.place_name, r.is_restricted, r.is_out_of_area, f.happened_h, f.told_h,
    f.east_m, f.north_m, f.slack_m, f.cell, f.complainant, f.caller_surname, f.person,
    f.is_concern, f.is_high_risk
FROM report_fact AS f
INNER JOIN report AS r ON f.report_id = r.report_id AND f.revision = r.revision
INNER JOIN incident_report AS i ON f.report_id = i.report_id
"""

# From a square to those around it, itself included: a square's number is 100,000 times its column and its row.
_NEIGHBOUR = """
CREATE VIEW neighbour AS
SELECT e.cells * 100000 + n.cells AS cells
FROM (SELECT -1 AS cells UNION ALL SELECT 0 UNION ALL SELECT 1) AS e
CROSS JOIN (SELECT -1 AS cells UNION ALL SELECT 0 UNION ALL SELECT 1) AS n
"""


def upgrade() -> None:
    op.create_table(
        "report_fact",
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("happened_h", sa.Float(), nullable=False),
        sa.Column("told_h", sa.Float(), nullable=False),
        sa.Column("east_m", sa.Float(), nullable=True),
        sa.Column("north_m", sa.Float(), nullable=True),
        sa.Column("slack_m", sa.Integer(), nullable=True),
        sa.Column("cell", sa.Integer(), nullable=True),
        sa.Column("complainant", sa.Text(), nullable=True),
        sa.Column("caller_surname", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("is_concern", sa.Boolean(), nullable=False),
        sa.Column("is_high_risk", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "revision", name=op.f("pk_report_fact")),
    )
    for columns in (["day"], ["complainant", "day"], ["person", "day"], ["cell", "day"]):
        op.create_index(op.f(f"ix_report_fact_{'_'.join(columns)}"), "report_fact", columns, unique=False)
    op.execute(_TOLD)
    op.execute(_NEIGHBOUR)
    op.create_table(
        "proposal",
        sa.Column("proposal_id", sa.Text(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("east_m", sa.Integer(), nullable=True),
        sa.Column("north_m", sa.Integer(), nullable=True),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_raised_on"), "proposal", ["raised_on"], unique=False)
    op.create_table(
        "tasking",
        sa.Column("tasking_id", sa.Text(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=True),
        sa.Column("proposal_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tasking_id", name=op.f("pk_tasking")),
    )
    op.create_index(op.f("ix_tasking_proposed_on"), "tasking", ["proposed_on"], unique=False)
    step = op.create_table(
        "step",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("subject_id", "number", name=op.f("pk_step")),
    )
    op.create_index(op.f("ix_step_day"), "step", ["day"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_feedback")),
    )
    if rows := _rows_of("proposal_step"):
        op.bulk_insert(step, _numbered(rows))
    op.drop_table("proposal_step")


def downgrade() -> None:
    op.execute("DROP VIEW told")
    op.execute("DROP VIEW neighbour")
    rows = _rows_of("step")
    proposal_step = op.create_table(
        "proposal_step",
        sa.Column("proposal_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", "step", name=op.f("pk_proposal_step")),
    )
    op.create_index(op.f("ix_proposal_step_day"), "proposal_step", ["day"], unique=False)
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        if row["verb"] in ("take", "done", "approve", "reject"):
            name = _VERBS_OF_ONE_STEP.get(row["verb"], row["verb"])
            first.setdefault((row["subject_id"], name), {
                "proposal_id": row["subject_id"], "step": name,
                **{key: row[key] for key in ("day", "verb", "actor", "reason", "at")},
            })  # fmt: skip
    if first:
        op.bulk_insert(proposal_step, list(first.values()))
    for table in ("report_fact", "proposal", "tasking", "step", "feedback"):
        op.drop_table(table)


def _rows_of(name: str) -> list[dict[str, Any]]:
    connection = op.get_bind()
    table = sa.Table(name, sa.MetaData(), sa.Column("at", UtcDateTime()), autoload_with=connection)
    return [dict(row) for row in connection.execute(sa.select(table).order_by(table.c.at)).mappings()]


def _numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps of each proposal, counted from one."""
    counted: dict[str, int] = {}
    steps = []
    for row in rows:
        number = counted[row["proposal_id"]] = counted.get(row["proposal_id"], 0) + 1
        kept = {key: row[key] for key in ("verb", "day", "at", "actor", "reason")}
        steps.append({"subject_id": row["proposal_id"], "number": number, "details": {}, **kept})
    return steps
