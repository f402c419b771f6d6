"""Tables of what people add to incidents: notes, attachments, status and outcome. Each is anchored on reports, so that
it follows them when incidents are merged or split.

`is_restricted`: the incident was restricted when it was added. It then stays with those who may see restricted matters,
whatever becomes of the incident.
"""

import sqlalchemy as sa

from tasking.warehouse.tables.schema import metadata
from tasking.warehouse.types import UtcDateTime

# One row per note. It is never changed; one that was withdrawn is not shown.
note = sa.Table(
    "note",
    metadata,
    sa.Column("note_id", sa.Text, primary_key=True),
    sa.Column("report_id", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("is_restricted", sa.Boolean, nullable=False),
    sa.Column("withdrawn_at", UtcDateTime),
    sa.Column("withdrawn_by", sa.Text),
    sa.Column("withdrawn_reason", sa.Text),
    sa.Index(None, "report_id"),
)

# One row per photo or document. Of one that was removed the bytes are gone.
attachment = sa.Table(
    "attachment",
    metadata,
    sa.Column("attachment_id", sa.Text, primary_key=True),
    sa.Column("report_id", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),  # hand, or feed: from an address that the partner sent
    sa.Column("description", sa.Text, nullable=False),  # what it shows, for those who cannot see it
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("size_bytes", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),  # of the bytes as they are kept
    sa.Column("is_restricted", sa.Boolean, nullable=False),
    sa.Column("removed_at", UtcDateTime),
    sa.Column("removed_by", sa.Text),
    sa.Column("removed_reason", sa.Text),
    sa.Index(None, "report_id"),
)

# One row per attachment and size: `whole`, and of a photo `thumbnail`.
attachment_file = sa.Table(
    "attachment_file",
    metadata,
    sa.Column("attachment_id", sa.Text, primary_key=True),
    sa.Column("size", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

# One row per address of a photo that a partner sent with a report.
media_link = sa.Table(
    "media_link",
    metadata,
    sa.Column("link_id", sa.Text, primary_key=True),  # made from the report and the address
    sa.Column("report_id", sa.Text, nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),  # of the delivery
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # waiting, kept, refused or given up
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("said", sa.Text, nullable=False),  # why it is not here, in words of ours
    sa.Column("tried_at", UtcDateTime),
    sa.Column("attachment_id", sa.Text),
    sa.Index(None, "report_id"),
    sa.Index(None, "state"),
)

# One row per change of an incident's status. Append-only; one that takes another back names it in `undoes`.
status_step = sa.Table(
    "status_step",
    metadata,
    sa.Column("step_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),  # in which order they were taken
    sa.Column("day", sa.Date, nullable=False),  # on which it was taken, local
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("passed_to", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("is_restricted", sa.Boolean, nullable=False),
    sa.Column("undoes", sa.Text),
)

# One row per change of status and report that the incident had then.
status_step_report = sa.Table(
    "status_step_report",
    metadata,
    sa.Column("step_id", sa.Text, primary_key=True),
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Index(None, "report_id"),
)
