"""Reasons given for a status, and descriptions of photos, are found by their words."""

from alembic import op

from tasking.warehouse.migrations.full_text import Watched, Words, empty, fill, run, unwatch, watch

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_STATUS = Watched("status_step", "status", "step_id", "0", "step_id, at, reason")
_PHOTO = Watched("attachment", "photo", "attachment_id", "0", "attachment_id, at, description, removed_at")


def upgrade() -> None:
    connection = op.get_bind()
    words = Words(connection.dialect.name == "postgresql")
    description = "CASE WHEN removed_at IS NULL THEN description ELSE '' END"
    views = [
        words.view("status", "step_id", "0", words.day("at"), "status_step", details=words.texts("reason")),
        words.view("photo", "attachment_id", "0", words.day("at"), "attachment", details=words.texts(description)),
    ]
    run(connection, views)
    for one in (_STATUS, _PHOTO):
        fill(connection, one.kind)
        watch(connection, one)


def downgrade() -> None:
    for one in (_PHOTO, _STATUS):
        unwatch(op.get_bind(), one)
        empty(op.get_bind(), one.kind)
        run(op.get_bind(), [f"DROP VIEW search_of_{one.kind}"])
