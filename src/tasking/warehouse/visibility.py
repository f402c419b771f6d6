"""Row-level access: conditions that limit a query to the rows somebody may read.

Every list on the desk uses them, so that no query has rules of its own. A report is restricted if it is flagged itself,
or if any report of its incident is. To a user without the permission, restricted rows do not exist: they appear in no
list, count or response.

While linking is being redone, or if it was interrupted, a report also counts as part of its previous incident.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current, is_member

_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_QUOTES: Final = "'`\u2018\u2019"
_IN_LOG: Final = "restricted "  # how the action of an entry begins that is about something restricted


def slim_table(table: sa.Table, *names: str) -> sa.TableClause:
    """A table with the columns that conditions need: an alias copies every column each time it is made."""
    return sa.table(table.name, *(sa.column(name, table.c[name].type) for name in names))


_REPORT: Final = slim_table(tables.report, "report_id", "source_ref", "feed", "superseded_on", "is_restricted")
_MEMBER: Final = slim_table(tables.incident_report, "incident_id", "report_id", "left_on")
_NAME: Final = slim_table(tables.incident_name, "incident_id", "report_id", "doubted_on")


@dataclass(frozen=True)
class Visibility:
    """What somebody may read. Each method returns an SQL condition that is true for the rows they may see."""

    has_restricted: bool = False

    def incident(self, incident_id: Any) -> sa.ColumnElement[bool]:
        """For a column of ids of current incidents."""
        return sa.true() if self.has_restricted else _is_open(incident_id)

    def named_incident(self, incident_id: Any) -> sa.ColumnElement[bool]:
        """For a column of incident ids that may be obsolete: those are as visible as the reports they had."""
        return sa.true() if self.has_restricted else _is_open_by_name(incident_id)

    def report(self, report_id: Any) -> sa.ColumnElement[bool]:
        """For a column of report ids."""
        return sa.true() if self.has_restricted else _is_open_report(report_id)

    def held(self, held: Any) -> sa.ColumnElement[bool]:
        """For the table of held rows: a row with the same reference as a restricted report, or a similar spelling, is
        restricted too."""
        return sa.true() if self.has_restricted else _is_open_held(held)

    def log_entry(self, log: Any) -> sa.ColumnElement[bool]:
        """For the log, by the action of an entry; for its subject see withheld.withheld_subjects."""
        if self.has_restricted:
            return sa.true()
        is_open: sa.ColumnElement[bool] = ~log.c.action.startswith(_IN_LOG)
        return is_open


PUBLIC_VISIBILITY: Final = Visibility()
FULL_VISIBILITY: Final = Visibility(has_restricted=True)  # for the command line


def restricted_incidents() -> sa.CompoundSelect[Any]:
    """A query of the ids of the current incidents that PUBLIC_VISIBILITY does not show, each once.

    The same incidents as by Visibility.incident, found from the restricted reports instead of incident by incident.
    """
    # all of incident_report: is_member holds for `others` and `moved` too, each in its turn
    own, member, others, moved = _REPORT.alias(), _MEMBER.alias(), _MEMBER.alias(), _MEMBER.alias()
    by_report = sa.select(member.c.incident_id).join(own, own.c.report_id == member.c.report_id)
    by_report = by_report.where(is_member(member, NOW), is_current(own, NOW), own.c.is_restricted)
    # While linking is being redone: incidents that lost a report, and those that such a report is in now.
    lost = sa.select(_NAME.c.incident_id).where(_NAME.c.doubted_on.is_not(None))
    gone = sa.select(_NAME.c.report_id).where(_NAME.c.doubted_on.is_not(None))
    rest = [
        sa.select(one.c.incident_id).where(of, is_member(one, NOW), ~_is_open(one.c.incident_id))
        for one, of in ((others, others.c.incident_id.in_(lost)), (moved, moved.c.report_id.in_(gone)))
    ]
    return sa.union(by_report, *rest)


def _spellings(reference: Any) -> list[Any]:
    """Variants of a reference: as sent, with plain dashes, without a spreadsheet's apostrophe or `.0`, in upper and
    lower case. Each is compared for equality, so that the index on reports is used."""
    meant = reference
    for mark in _DASHES:
        meant = sa.func.replace(meant, mark, "-")
    for mark in _QUOTES:
        meant = sa.func.replace(meant, mark, "")
    meant = sa.func.trim(meant)
    whole = sa.func.substr(meant, 1, sa.func.length(meant) - 2)
    meant = sa.case((meant.endswith(".0"), whole), else_=meant)
    return [reference, meant, sa.func.upper(meant), sa.func.lower(meant)]


# A page asks these about the same few columns tens of times; to put a condition together costs more than to run it.
@lru_cache(maxsize=256)
def _is_open_by_name(incident_id: Any) -> sa.ColumnElement[bool]:
    # all of incident_report: the reports that an obsolete incident had decide who may see it
    member, name = _MEMBER.alias(), _NAME.alias()
    once = sa.exists().where(member.c.incident_id == incident_id, ~_is_open_report(member.c.report_id))
    before = sa.exists().where(name.c.incident_id == incident_id, ~_is_open_report(name.c.report_id))
    now = _MEMBER.alias()
    is_there = sa.exists().where(now.c.incident_id == incident_id, is_member(now, NOW))
    return _is_open(incident_id) & (is_there | (~once & ~before))


@lru_cache(maxsize=256)
def _is_open_report(report_id: Any) -> sa.ColumnElement[bool]:
    own, member, name = _REPORT.alias(), _MEMBER.alias(), _NAME.alias()
    by_itself = sa.exists().where(own.c.report_id == report_id, is_current(own, NOW), own.c.is_restricted)
    by_incident = sa.exists().where(
        member.c.report_id == report_id, is_member(member, NOW), ~_is_open(member.c.incident_id)
    )
    by_doubt = sa.exists().where(
        name.c.report_id == report_id, name.c.doubted_on.is_not(None), ~_is_open(name.c.incident_id)
    )
    return ~by_itself & ~by_incident & ~by_doubt


@lru_cache(maxsize=16)
def _is_open_held(held: Any) -> sa.ColumnElement[bool]:
    # all of report: a reference may stand in any revision; whether it is restricted is as of now
    known = _REPORT.alias()
    of_restricted = sa.exists().where(
        known.c.source_ref.in_(_spellings(held.c.source_ref)),
        known.c.feed == held.c.feed,
        ~_is_open_report(known.c.report_id),
    )
    is_open: sa.ColumnElement[bool] = ~held.c.is_restricted & ~of_restricted
    return is_open


@lru_cache(maxsize=256)
def _is_open(incident_id: Any, *, is_settled: bool = False) -> sa.ColumnElement[bool]:
    """No report in the incident is restricted, now or (for reports that linking has yet to redo) before.

    `is_settled`: do not consider the previous incidents of its other reports.
    """
    member, before, moved, left = (
        _MEMBER.alias(), _NAME.alias(), _MEMBER.alias(),
        _NAME.alias(),
    )  # fmt: skip
    now = sa.exists().where(
        member.c.incident_id == incident_id, is_member(member, NOW), *_is_restricted(member.c.report_id)
    )
    once = sa.exists().where(
        before.c.incident_id == incident_id, before.c.doubted_on.is_not(None), *_is_restricted(before.c.report_id)
    )
    if is_settled:
        return ~now & ~once
    by_another = sa.exists().where(
        moved.c.incident_id == incident_id, is_member(moved, NOW), left.c.report_id == moved.c.report_id,
        left.c.doubted_on.is_not(None), ~_is_open(left.c.incident_id, is_settled=True),
    )  # fmt: skip
    return ~now & ~once & ~by_another


def _is_restricted(report_id: Any) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions that join a report's current revision and require it to be restricted."""
    own = _REPORT.alias()
    return own.c.report_id == report_id, is_current(own, NOW), own.c.is_restricted
