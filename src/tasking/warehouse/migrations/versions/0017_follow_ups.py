"""Follow-ups: contacts, cancellations and undos. Feedback given so far is carried over as contacts."""

import sqlalchemy as sa
from alembic import op

from tasking.warehouse.types import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    acts = op.create_table(
        "follow_up",
        sa.Column("act_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verb", text, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", text, nullable=False),
        sa.Column("partner", text, nullable=False),
        sa.Column("how", text, nullable=True),
        sa.Column("contacted_at", UtcDateTime(), nullable=True),
        sa.Column("result", text, nullable=True),
        sa.Column("note", text, nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("act_number", name=op.f("pk_follow_up")),
    )
    op.create_index(op.f("ix_follow_up_undoes"), "follow_up", ["undoes"])
    reports = op.create_table(
        "follow_up_report",
        sa.Column("act_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("report_id", text, nullable=False),
        sa.PrimaryKeyConstraint("act_number", "report_id", name=op.f("pk_follow_up_report")),
    )
    op.create_index(op.f("ix_follow_up_report_report_id"), "follow_up_report", ["report_id"])
    _carry_over(acts, reports)


def _carry_over(acts: sa.Table, reports: sa.Table) -> None:
    """Each report that had feedback becomes a contact of its own, so that one can be read without the others."""
    feedback = sa.table(
        "feedback",
        sa.column("report_id", sa.Text()),
        sa.column("given_on", sa.Date()),
        sa.column("given_at", UtcDateTime()),
        sa.column("actor", sa.Text()),
    )
    query = sa.select(feedback).order_by(feedback.c.given_at, feedback.c.report_id)
    given = op.get_bind().execute(query).all()
    contact = {
        "verb": "contact", "partner": "", "how": "not recorded", "result": "reached", "note": "", "is_settled": True,
        "undoes": None,
    }  # fmt: skip
    rows = [
        contact | {"act_number": number, "day": one.given_on, "at": one.given_at, "contacted_at": one.given_at,
                   "actor": one.actor}
        for number, one in enumerate(given, 1)
    ]  # fmt: skip
    if rows:
        op.bulk_insert(acts, rows)
        op.bulk_insert(
            reports, [{"act_number": number, "report_id": one.report_id} for number, one in enumerate(given, 1)]
        )


# Contacts that stand go back as feedback, the first of each report.
_BACK = """
INSERT INTO feedback (report_id, given_on, given_at, actor)
SELECT r.report_id, a.day, a.at, a.actor
FROM follow_up_report AS r
INNER JOIN follow_up AS a ON r.act_number = a.act_number
WHERE
    a.verb = 'contact' AND a.is_settled
    AND NOT EXISTS (SELECT 1 FROM follow_up AS u WHERE u.undoes = a.act_number)
    AND NOT EXISTS (SELECT 1 FROM feedback AS f WHERE f.report_id = r.report_id)
    AND r.act_number = (
        SELECT MIN(o.act_number)
        FROM follow_up_report AS o
        INNER JOIN follow_up AS b ON o.act_number = b.act_number
        WHERE
            o.report_id = r.report_id AND b.verb = 'contact' AND b.is_settled
            AND NOT EXISTS (SELECT 1 FROM follow_up AS v WHERE v.undoes = b.act_number)
    )
"""


def downgrade() -> None:
    op.execute(_BACK)
    op.drop_table("follow_up_report")
    op.drop_table("follow_up")
