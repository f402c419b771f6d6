"""What people added to reports that are purged, or out of which somebody is erased."""

from collections import Counter
from collections.abc import Collection, Iterator

import sqlalchemy as sa

from tasking.warehouse import tables


def remove_words(connection: sa.Connection, report_ids: Collection[str]) -> Counter[str]:
    """Removes the notes, the attachments with their bytes and the addresses of photos of some reports, and empties the
    reasons of changes of status. Returns kind -> how many."""
    some = list(report_ids)
    n, a, f, link = tables.note, tables.attachment, tables.attachment_file, tables.media_link
    s, about = tables.status_step, tables.status_step_report
    of_reports = sa.select(a.c.attachment_id).where(a.c.report_id.in_(some))
    connection.execute(sa.delete(f).where(f.c.attachment_id.in_(of_reports)))
    steps = sa.select(about.c.step_id).where(about.c.report_id.in_(some))
    removed: Counter[str] = Counter()
    removed["attachments"] = connection.execute(sa.delete(a).where(a.c.report_id.in_(some))).rowcount
    removed["notes"] = connection.execute(sa.delete(n).where(n.c.report_id.in_(some))).rowcount
    removed["addresses of photos"] = connection.execute(sa.delete(link).where(link.c.report_id.in_(some))).rowcount
    removed["reasons of status"] = connection.execute(
        sa.update(s).where(s.c.step_id.in_(steps), s.c.reason != "").values(reason="")
    ).rowcount
    return +removed


def documents(connection: sa.Connection) -> Iterator[bytes]:
    """The documents among the attachments. Photos are pixels: no name stands in them."""
    a, f = tables.attachment, tables.attachment_file
    query = sa.select(f.c.content).join(a, a.c.attachment_id == f.c.attachment_id)
    for content in connection.execute(query.where(~a.c.media_type.startswith("image/"))).scalars():
        yield bytes(content)


def remove_statuses(connection: sa.Connection, report_ids: Collection[str]) -> None:
    """Removes the changes of status that were about no other reports than these."""
    s, about = tables.status_step, tables.status_step_report
    connection.execute(sa.delete(about).where(about.c.report_id.in_(list(report_ids))))
    connection.execute(sa.delete(s).where(s.c.step_id.not_in(sa.select(about.c.step_id))))
