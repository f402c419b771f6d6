"""The lists of follow-ups: those that are open, those that are settled, and, for those who may, the restricted ones."""

from datetime import date, datetime
from typing import Any, Final

from tasking.meeting import Due, FollowUp
from tasking.model.access import May
from tasking.model.follow_up import State
from tasking.pages.lists import Asked, Column, DeskList, Filter, Kind, Reader, Sorts
from tasking.pages.visible import follow_ups_for
from tasking.services import Services

OPEN: Final = {"today": "Due today", "overdue": "Overdue", "open": "All open"}
DONE: Final = {"done": "Done"}
RESTRICTED: Final = {"restricted": "Restricted"}


def public_follow_ups(reader: Reader) -> list[FollowUp]:
    """The follow-ups that are not restricted, earliest due first."""
    return [one for one in _everything(reader) if not one.is_restricted]


def _everything(reader: Reader) -> list[FollowUp]:
    return reader.once("follow-ups", lambda: follow_ups_for(reader.services, reader.person))


def in_tab(reader: Reader, tab: str) -> list[FollowUp]:
    """The follow-ups of a tab."""
    service = reader.services.meeting
    if tab == "restricted":
        found = [one for one in _everything(reader) if one.is_restricted]
        return sorted(found, key=lambda one: one.state != State.OPEN)  # open ones first
    if tab == "done":
        return sorted(
            (one for one in public_follow_ups(reader) if one.state != State.OPEN), key=_settled_at, reverse=True
        )
    due = {"today": Due.TODAY, "overdue": Due.OVERDUE}.get(tab)
    still = [one for one in public_follow_ups(reader) if one.state == State.OPEN]
    return still if due is None else [one for one in still if one.due(service) == due]


def reported_to(services: Services, one: FollowUp) -> list[str]:
    """The partners that the person reported to, each once."""
    return services.partners_of(one.feeds)


def what_about(services: Services, one: FollowUp) -> str:
    """What the first of its reports is about."""
    return services.what(one.reports[0].category, one.reports[0].signs)


def stands(services: Services, one: FollowUp) -> str:
    """`overdue`, `contacted by Kent Police, call: reached`: where it stands, in one line."""
    act = one.settled_by
    if act is None:
        tries = f", {len(one.tries)} {'tries' if len(one.tries) > 1 else 'try'}" if one.tries else ""
        return f"{one.due(services.meeting)}{tries}"
    if act.state == State.CANCELLED:
        return f"cancelled by {act.actor}"
    return f"contacted{f' by {act.partner}' if act.partner else ''}, {act.how}: {act.result}"


def _settled_at(one: FollowUp) -> tuple[datetime, str]:
    assert one.settled_by is not None  # noqa: S101 - of settled ones only
    return one.settled_by.at, one.follow_up_id


def _read(reader: Reader, asked: Asked) -> list[FollowUp]:
    services, zone = reader.services, reader.services.partnership.zone
    first, last = asked.day("due_from") or date.min, asked.day("due_to") or date.max
    return [
        one for one in in_tab(reader, asked["show"])
        if (not asked["partner"] or asked["partner"] in reported_to(services, one))
        and first <= one.due_at.astimezone(zone).date() <= last
    ]  # fmt: skip


def _columns(reader: Reader) -> list[Column]:
    services = reader.services
    return [
        Column("reported", "Reported", lambda one: one.reported_at, Sorts.TIME, is_open=True),
        Column("what", "What", lambda one: what_about(services, one)),
        Column("where", "Where", lambda one: one.reports[0].place),
        Column("partner", "Reported to", lambda one: ", ".join(reported_to(services, one))),
        Column("reports", "Reports", lambda one: len(one.reports), Sorts.NUMBER, is_open=True),
        Column("due", "Contact by", lambda one: one.due_at, Sorts.TIME, is_open=True),
        Column("state", "Status", lambda one: stands(services, one), is_open=True),
        Column("references", "References", _references, Sorts.NOT, is_in_files_alone=True),
    ]


def _columns_done(reader: Reader) -> list[Column]:
    found = _columns(reader)
    contacted = Column("contacted", "Contacted", _contacted_at, Sorts.TIME)
    reason = Column("reason", "Reason", _reason, Sorts.NOT, needs=frozenset({May.DETAILS}), is_in_files_alone=True)
    settled = Column("settled", "Recorded", lambda one: one.settled_by.at, Sorts.TIME, _settled_at)
    return [*found[:5], contacted, settled, *found[6:], reason]


def _contacted_at(one: FollowUp) -> datetime | None:
    return one.settled_by.contacted_at if one.settled_by else None


def _reason(one: FollowUp) -> str:
    """Why it was cancelled; the notes of contacts are on its page."""
    return one.settled_by.note if one.settled_by and one.settled_by.state == State.CANCELLED else ""


def _references(one: FollowUp) -> str:
    return ", ".join(report.source_ref for report in one.reports)


def _filters(reader: Reader, default: str) -> list[Filter]:
    tabs = OPEN | DONE | (RESTRICTED if reader.person.can(May.RESTRICTED) else {})
    partners = sorted(set(reader.services.partners.values()))
    return [
        Filter("show", "Follow-ups", Kind.TAB, choices=list(tabs.items()), default=default),
        Filter("partner", "Reported to", choices=[(name, name) for name in partners], any_words="All partners"),
        Filter("due_from", "Contact by, from", Kind.DAY),
        Filter("due_to", "Contact by, to", Kind.DAY),
    ]


def _list(name: str, title: str, default: str, sort: str, **options: Any) -> DeskList:
    return DeskList(
        name=name, path="follow-ups", title=title, noun="follow-up", nouns="follow-ups", sort=sort, read=_read,
        filters=lambda reader: _filters(reader, default), is_hidden=lambda one: one.is_restricted,
        **{"columns": _columns} | options,
    )  # fmt: skip


FOLLOW_UPS: Final = _list("follow-ups", "Follow-ups", "open", "due")
DONE_FOLLOW_UPS: Final = _list("past-follow-ups", "Settled follow-ups", "done", "-settled", columns=_columns_done)
RESTRICTED_FOLLOW_UPS: Final = _list(
    "restricted-follow-ups", "Restricted follow-ups", "restricted", "due", needs=frozenset({May.RESTRICTED})
)
