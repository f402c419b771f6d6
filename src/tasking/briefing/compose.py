"""Composes one Briefing value from the queries in include/sql/briefing."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from tasking.briefing.feed_lines import feed_lines, notices
from tasking.briefing.night import Night, night_of
from tasking.briefing.proposals import Proposals, label_of, when_words
from tasking.briefing.usual import Usual, history_of
from tasking.config.desk_feed import DESK
from tasking.config.harm import Harm
from tasking.meeting import counts_from
from tasking.model.briefing import (
    Area,
    Briefing,
    CaseReviewLine,
    CategoryCount,
    Decision,
    FollowUpCounts,
    HeldLine,
    HotPlace,
    IncidentLine,
    MapCell,
    OpenTaskings,
)
from tasking.model.category import category_label
from tasking.model.delivery import Ledger
from tasking.model.partner_names import names_of
from tasking.model.partnership import Partnership

RESTRICTED_LINE: Final = "Restricted matters are never in this message: check the restricted register."
MARKING: Final = "OFFICIAL"
_HOT_DAYS: Final = 14
_HOT_INCIDENTS: Final = 3
_MAP_DAYS: Final = 28
_MAP_RESOLUTION: Final = 8  # H3: about 0.7 km2 a cell
_LINK_DAYS: Final = 10
# The columns of a feed's figures, in the order of a Ledger.
_LEDGER: Final = ("rows_in", "new_reports", "repeats", "revisions", "held", "out_of_area", "ignored")
_NO_WARD: Final = "Place not known"

Query = Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True)
class BriefingInputs:
    """What a briefing is composed from. `query(name, **parameters)`: the rows of include/sql/briefing/<name>.sql."""

    query: Query
    partnership: Partnership
    partners: Mapping[str, str]  # feed -> partner
    labels: Mapping[str, str]  # category -> label
    harm: Harm
    decisions: tuple[Decision, ...] = ()
    restricted_decisions: tuple[Decision, ...] = ()
    warnings: tuple[str, ...] = ()
    open_taskings: OpenTaskings = field(default_factory=OpenTaskings)
    already_tasked: frozenset[tuple[str, str]] = frozenset()  # (owner, place) of open taskings
    waiting_taskings: int = 0  # proposed to earlier meetings, and not answered
    settled_taskings: frozenset[str] = frozenset()  # ids of those that are done, rejected, dropped or lapsed
    case_reviews: tuple[CaseReviewLine, ...] = ()


def compose(inputs: BriefingInputs, day: date) -> Briefing:
    """The briefing of `day`, from everything received by then."""
    calendar = inputs.partnership.calendar
    covers = calendar.days_covered(day)
    window = calendar.reporting_window(day)
    span = {"day": day, "first_day": covers[0]}
    history_day = covers[0] - timedelta(days=_LINK_DAYS)
    last_heard = {row["feed"]: row["last_day"] for row in inputs.query("last_heard", day=day)}
    feed_rows = inputs.query("feeds", **span)
    first_polled = {row["feed"]: row["first_day"] for row in inputs.query("first_asked", day=day)}
    names: Mapping[str, str] = names_of(inputs.partners)
    by_hand = [row for row in feed_rows if row["feed"] == DESK]
    feed_rows = [row for row in feed_rows if row["feed"] != DESK]  # the unit is no partner of its own
    feeds = feed_lines(inputs.partnership.feeds, names, covers, feed_rows, first_polled)
    hot_places = _hot_places(inputs, span)
    night = night_of(inputs.query, inputs.harm, span, history_day, hot_places)
    incidents = night.incidents
    feeds_by_incident = _feeds_of_incidents(inputs, span, history_day)
    counts = Counter(str(row["category"]) for row in incidents)
    history = history_of(inputs.query, inputs.partnership.feeds, covers)
    usual, usual_note = history.usual(all(f.is_complete for f in feeds), counts)
    tasked: dict[str, bool] = defaultdict(bool)
    for row in inputs.query("tasked", day=day):
        tasked[row["incident_id"]] |= row["tasking_id"] not in inputs.settled_taskings
    proposals = Proposals(inputs.partnership, inputs.labels, day, inputs.harm.line, tasked, inputs.already_tasked)
    hot = {place.place: place.incidents for place in hot_places}
    has_meeting = calendar.is_meeting_day(day)  # nobody decides on the other days: the next meeting is asked
    proposed = proposals.taskings(incidents, feeds_by_incident, hot, night.harm) if has_meeting else ()
    decisions, taskings = night.in_order(inputs.decisions, proposed, covers[0])
    partners_of = {
        incident: list(dict.fromkeys(inputs.partners.get(feed, feed) for feed in some))
        for incident, some in feeds_by_incident.items()
    }
    figures = [(f.rows_in, f.new, f.repeats, f.revisions, f.held, f.out_of_area, f.ignored) for f in feeds]
    taken = [Ledger(*(int(row[name]) for name in _LEDGER)) for row in by_hand]
    ledger = sum((*(Ledger(*row) for row in figures), *taken), Ledger())
    bounds = inputs.partnership.follow_up_bounds(day)
    follow_ups = counts_from(inputs.query("follow_ups", day=day, **bounds)[0], inputs.partnership.zone)
    held = tuple(
        HeldLine(partner=names.get(row["feed"], row["feed"]), reason=row["reason"], rows=row["held_rows"])
        for row in inputs.query("held", **span)
    )
    return Briefing(
        partnership=inputs.partnership.name,
        marking=MARKING,
        day=day,
        covers=tuple(covers),
        window_from=window[0],
        window_to=window[1],
        window_words=_window_words(window, inputs.partnership),
        notices=notices(
            inputs.partnership.feeds,
            names,
            covers,
            feed_rows,
            last_heard,
            first_polled,
            inputs.partnership.due_at,
        ),
        feeds=feeds,
        decisions=decisions,
        warnings=inputs.warnings,
        open_taskings=inputs.open_taskings,
        taskings=taskings,
        waiting_taskings=inputs.waiting_taskings,
        night=night.lines(inputs.labels, partners_of, inputs.partnership.zone),
        incidents=len(incidents),
        new_by_hand=sum(one.new for one in taken),
        partners=len(
            {
                inputs.partners.get(feed, feed)
                for row in incidents
                for feed in feeds_by_incident.get(row["incident_id"], ())
                if feed != DESK
            }
        ),
        categories=tuple(
            _category_count(category_label(code, inputs.labels), count, usual.get(code))
            for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        ),
        usual_note=usual_note,
        hot_places=hot_places,
        areas=_areas(inputs, night, partners_of),
        changed=_changed(inputs, names, span, window[0]),
        to_confirm=int(inputs.query("to_confirm", **span)[0]["pairs"]),
        feedback_owed=follow_ups.people,
        feedback_oldest_days=(day - follow_ups.oldest_on).days if follow_ups.oldest_on else 0,
        follow_ups=FollowUpCounts(**follow_ups._asdict()),
        case_reviews=inputs.case_reviews,
        held=held,
        restricted=RESTRICTED_LINE,
        restricted_incidents=tuple(sorted(night.new_restricted)),
        restricted_decisions=inputs.restricted_decisions,
        restricted_taskings=proposals.restricted(night.harm, night.new_restricted) if has_meeting else (),
        ledger_words=ledger_words(ledger),
        is_balanced=ledger.balances,
        map_cells=_map_cells(inputs, span),
        trends=history.trends(inputs.labels),
    )


def ledger_words(ledger: Ledger) -> str:
    """`19 rows in = 11 new + 3 repeats + 1 revision + 2 held + 2 out of area`."""
    parts = [f"{ledger.new} new"]
    parts += [
        f"{count} {word}{'s' if plural and count != 1 else ''}"
        for count, word, plural in (
            (ledger.repeats, "repeat", True),
            (ledger.revisions, "revision", True),
            (ledger.held, "held", False),
            (ledger.out_of_area, "out of area", False),
            (ledger.ignored, "ignored", False),
        )
        if count
    ]
    return f"{ledger.rows_in} rows in = {' + '.join(parts)}"


def _window_words(window: tuple[datetime, datetime], partnership: Partnership) -> str:
    since, until = (moment.astimezone(partnership.zone) for moment in window)
    hours = (window[1] - window[0]).total_seconds() / 3600
    return f"{since:%H:%M %a} {since.day} {since:%b} to {until:%H:%M %a} {until.day} {until:%b} ({hours:.0f} h)"


def _feeds_of_incidents(inputs: BriefingInputs, span: Mapping[str, Any], history_day: date) -> dict[str, list[str]]:
    feeds_by_incident: dict[str, list[str]] = defaultdict(list)
    for row in inputs.query("incident_feeds", **span, history_day=history_day):
        feeds_by_incident[row["incident_id"]].append(row["feed"])
    return feeds_by_incident


def _map_cells(inputs: BriefingInputs, span: Mapping[str, Any]) -> tuple[MapCell, ...]:
    """Public incidents of the last 28 days by cell. No position finer than a cell leaves this function."""
    import h3

    recent: Counter[str] = Counter()
    today: Counter[str] = Counter()
    since = span["day"] - timedelta(days=_MAP_DAYS - 1)
    for row in inputs.query("positions", day=span["day"], history_day=since):
        cell = h3.latlng_to_cell(row["latitude"], row["longitude"], _MAP_RESOLUTION)
        recent[cell] += 1
        today[cell] += row["first_day"] >= span["first_day"]
    return tuple(MapCell(cell=cell, today=today[cell], recent=recent[cell]) for cell in sorted(recent))


def _hot_places(inputs: BriefingInputs, span: Mapping[str, Any]) -> tuple[HotPlace, ...]:
    since = span["day"] - timedelta(days=_HOT_DAYS - 1)
    rows = inputs.query("places", **span, history_day=since, at_least=_HOT_INCIDENTS)
    return tuple(HotPlace(place=row["place_name"], incidents=row["incidents"], days=_HOT_DAYS) for row in rows)


def _areas(inputs: BriefingInputs, night: Night, partners_of: Mapping[str, Sequence[str]]) -> tuple[Area, ...]:
    by_ward: dict[str, list[IncidentLine]] = defaultdict(list)
    for row in night.incidents:
        harm = night.harm[row["incident_id"]]
        by_ward[row["ward"] or row["town"] or _NO_WARD].append(
            IncidentLine(
                label=label_of(row, harm, inputs.labels),
                place=row["place_name"] or row["town"],
                when=when_words(row, inputs.partnership.zone),
                reports=harm.reports,
                partners=tuple(partners_of.get(row["incident_id"], ())),
                incident_id=row["incident_id"],
            )
        )
    names = sorted(by_ward, key=lambda name: (name == _NO_WARD, -len(by_ward[name]), name))
    return tuple(Area(name=name, incidents=tuple(by_ward[name])) for name in names)


def _category_count(label: str, incidents: int, usual: Usual | None) -> CategoryCount:
    return CategoryCount(
        label=label,
        incidents=incidents,
        usual=usual.range if usual else None,
        is_unusual=usual is not None and usual.is_exceeded,
    )


def _changed(
    inputs: BriefingInputs, names: Mapping[str, str], span: Mapping[str, Any], window_from: datetime
) -> tuple[str, ...]:
    lines = []
    for row in inputs.query("changed", **span, window_from=window_from):
        name = names.get(row["feed"], row["feed"])
        if row["changed"]:
            lines.append(f"{name}: {row['changed']} earlier report{'s' if row['changed'] > 1 else ''} changed")
        if row["late"]:
            lines.append(f"{name}: {row['late']} report{'s' if row['late'] > 1 else ''} came late")
    return tuple(lines)
