"""The list of active groups."""

from datetime import date
from typing import Final

from tasking import meeting
from tasking.meeting import Group
from tasking.pages.lists import Asked, Column, DeskList, Filter, Kind, Reader, Sorts
from tasking.pages.visible import groups_for, restricted_among


def active_groups(reader: Reader) -> list[Group]:
    """The groups that are approved or active and not restricted, the oldest first."""

    def read() -> list[Group]:
        hidden = reader.once("restricted proposals", lambda: restricted_among(reader.services))
        return [one for one in groups_for(reader.services, reader.person) if one.proposal_id not in hidden]

    return reader.once("active groups", read)


def _read(reader: Reader, asked: Asked) -> list[Group]:
    first, last = asked.day("review_from") or date.min, asked.day("review_to") or date.max
    has_days = asked.has("review_from") or asked.has("review_to")
    today = meeting.today(reader.services.meeting)
    return [
        one for one in active_groups(reader)
        if (not asked["lead"] or one.lead == asked["lead"])
        and (not asked["place"] or asked["place"] in one.places)
        and (not has_days or (one.review_on is not None and first <= one.review_on <= last))
        and (not asked.has("overdue") or is_overdue(one, today))
    ]  # fmt: skip


def is_overdue(one: Group, today: date) -> bool:
    """True where its review should have been."""
    return one.review_on is not None and one.review_on < today


def _columns(reader: Reader) -> list[Column]:
    today = meeting.today(reader.services.meeting)
    return [
        Column("group", "Group", lambda one: f"{one.name}: {places_of(one)}" if one.name else places_of(one)),
        Column("theme", "Theme", lambda one: one.theme),
        Column("lead", "Lead", lambda one: one.lead),
        Column("began", "Since", lambda one: one.began_on, Sorts.TIME),
        Column("review", "Review", lambda one: one.review_on, Sorts.TIME),
        Column("partners", "Partners", lambda one: ", ".join(one.partners), Sorts.NOT, is_in_files_alone=True),
        Column("objective", "Objective", lambda one: one.objective, Sorts.NOT, is_in_files_alone=True),
        Column("ends", "Until", lambda one: one.ends_on, Sorts.TIME, is_in_files_alone=True),
        Column("overdue", "Review overdue", lambda one: "yes" if is_overdue(one, today) else "no", Sorts.NOT,
               is_in_files_alone=True),
        Column("reference", "Reference", lambda one: one.proposal_id, Sorts.NOT, is_in_files_alone=True),
    ]  # fmt: skip


def places_of(one: Group) -> str:
    """The places of a group, as a line."""
    return "; ".join(one.places)


def _filters(reader: Reader) -> list[Filter]:
    found = active_groups(reader)
    leads = sorted({one.lead for one in found if one.lead})
    places = sorted({place for one in found for place in one.places})
    return [
        Filter("lead", "Lead", choices=[(name, name) for name in leads], any_words="Anyone"),
        Filter("place", "Place", choices=[(name, name) for name in places]),
        Filter("review_from", "Review from", Kind.DAY),
        Filter("review_to", "Review to", Kind.DAY),
        Filter("overdue", "Review overdue", Kind.FLAG),
    ]


ACTIVE_GROUPS: Final = DeskList(
    name="groups", path="groups", title="Active groups", noun="active group", nouns="active groups", columns=_columns,
    filters=_filters, read=_read, sort="began",
)  # fmt: skip
