"""What people add to incidents: notes, attachments, status and outcome; addresses of photos that partners send."""

import sqlalchemy as sa
from alembic import op

from tasking.warehouse.migrations.full_text import Watched, Words, run, unwatch, watch
from tasking.warehouse.types import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_NOTES = Watched("note", "note", "note_id", "0", "note_id, at, text, withdrawn_at")  # found by their words
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _notes()
    _attachments()
    _statuses()


def _notes() -> None:
    op.create_table(
        "note",
        sa.Column("note_id", _TEXT, nullable=False),
        sa.Column("report_id", _TEXT, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("text", _TEXT, nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_by", _TEXT, nullable=True),
        sa.Column("withdrawn_reason", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("note_id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_report_id"), "note", ["report_id"])
    words = Words(op.get_bind().dialect.name == "postgresql")
    text = "CASE WHEN withdrawn_at IS NULL THEN text ELSE '' END"
    run(op.get_bind(), [words.view("note", "note_id", "0", words.day("at"), "note", details=words.texts(text))])
    watch(op.get_bind(), _NOTES)


def _attachments() -> None:
    op.create_table(
        "attachment",
        sa.Column("attachment_id", _TEXT, nullable=False),
        sa.Column("report_id", _TEXT, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("media_type", _TEXT, nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", _TEXT, nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("removed_by", _TEXT, nullable=True),
        sa.Column("removed_reason", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_report_id"), "attachment", ["report_id"])
    op.create_table(
        "attachment_file",
        sa.Column("attachment_id", _TEXT, nullable=False),
        sa.Column("size", _TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("attachment_id", "size", name=op.f("pk_attachment_file")),
    )
    op.create_table(
        "media_link",
        sa.Column("link_id", _TEXT, nullable=False),
        sa.Column("report_id", _TEXT, nullable=False),
        sa.Column("feed", _TEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("url", _TEXT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("said", _TEXT, nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=True),
        sa.Column("attachment_id", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_media_link")),
    )
    op.create_index(op.f("ix_media_link_report_id"), "media_link", ["report_id"])
    op.create_index(op.f("ix_media_link_state"), "media_link", ["state"])


def _statuses() -> None:
    op.create_table(
        "status_step",
        sa.Column("step_id", _TEXT, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("outcome", _TEXT, nullable=True),
        sa.Column("passed_to", _TEXT, nullable=True),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("undoes", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_status_step")),
        sa.UniqueConstraint("number", name=op.f("uq_status_step_number")),
    )
    op.create_table(
        "status_step_report",
        sa.Column("step_id", _TEXT, nullable=False),
        sa.Column("report_id", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("step_id", "report_id", name=op.f("pk_status_step_report")),
    )
    op.create_index(op.f("ix_status_step_report_report_id"), "status_step_report", ["report_id"])


def downgrade() -> None:
    unwatch(op.get_bind(), _NOTES)
    run(op.get_bind(), ["DELETE FROM search_document WHERE kind = 'note'", "DROP VIEW search_of_note"])
    for table in ("status_step_report", "status_step", "media_link", "attachment_file", "attachment", "note"):
        op.drop_table(table)
