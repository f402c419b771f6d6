"""The briefing as a message: what stands in it, in which order, and how much of it. Renderers only set it.

The message is read in 90 seconds: decisions first, 2,500 characters at most. What has no room stands in the replies.
Everything is shortened here, before any renderer escapes it.
"""

from collections.abc import Sequence
from typing import Final

from tasking.briefing.edition import Edition
from tasking.briefing.message import (
    Digest,
    Part,
    Run,
    Tone,
    bold,
    cut,
    joined,
    line,
    more,
    plural,
    span,
    within,
)
from tasking.briefing.pieces import MOST_DECISIONS, decision_line, standing_lines, with_buttons
from tasking.briefing.thread import replies_of
from tasking.model.briefing import Briefing
from tasking.model.proposal import Verb

MESSAGE_LIMIT: Final = 2500
SUMMARY_LIMIT: Final = 600
_MOST_CATEGORIES: Final = 8
_MOST_LINES: Final = 5
# What each part may take of the message, so that the whole keeps within it whatever the day.
_ROOM: Final = {
    "feeds": 430,
    "decision": 140,
    "overnight": 470,
    "repeats": 200,
    "open": 130,
    "taskings": 250,
    "rest": 200,
    "foot": 230,
}


def digest(briefing: Briefing, edition: Edition) -> Digest:
    """The message of a briefing, for any channel."""
    day = f"{briefing.day:%a} {briefing.day.day} {briefing.day:%b}"
    late = edition.late_words
    strapline = [briefing.marking, briefing.window_words, f"v{edition.version}", *([late] if late else [])]
    parts = [
        _feeds(briefing, edition),
        *_decisions(briefing, edition),
        _overnight(briefing),
        *_repeats(briefing),
        *_taskings(briefing, edition),
        *_rest(briefing, edition),
    ]
    ledger = f"Ledger: {briefing.ledger_words} {'✓' if briefing.is_balanced else '✗ DOES NOT BALANCE'}"
    return Digest(
        title=cut(f"CSU briefing · {day}", 100),
        strapline=cut(" · ".join(strapline), 150),
        summary=_summary(briefing, day, late),
        parts=tuple(parts),
        foot=(cut(briefing.restricted, 110), cut(ledger, _ROOM["foot"] - 110)),
        replies=replies_of(briefing, edition),
    )


def plain_digest(title: str, head: str, lines: Sequence[str]) -> Digest:
    """A short message of our own words: a heading, what it is, and lines below it."""
    said = [line(bold(cut(head, 200))), *(line(cut(one, 300), is_item=True) for one in lines)]
    summary = cut(" ".join([f"{title}.", f"{head}.", *lines]), SUMMARY_LIMIT)
    return Digest(cut(title, 100), "", summary, (Part("note", within(said, 2000)),), (), ())


def _feeds(briefing: Briefing, edition: Edition) -> Part:
    standing = f"{briefing.feeds_complete}/{len(briefing.feeds)}"
    if not briefing.notices:
        return Part("feeds", (line(bold(f"FEEDS {standing}"), " every partner's news is here"),), Tone.GOOD)
    head = line(bold(f"PARTIAL · FEEDS {standing}"), " Totals are not comparable.")
    told = [line(cut(notice, 200), is_item=True) for notice in briefing.notices]
    return Part("feeds", within([head, *told], _ROOM["feeds"], edition.desk("feeds")), Tone.ALERT)


def _decisions(briefing: Briefing, edition: Edition) -> list[Part]:
    total = len(briefing.decisions)
    if not total:
        return [Part("decide", (line(bold("DECIDE (0)"), " Nothing gathers that would need a decision."),))]
    parts = []
    for number, one in enumerate(briefing.decisions[:MOST_DECISIONS], 1):
        lines = [] if number > 1 else [line(bold(f"DECIDE ({total})"))]
        lines.append(decision_line(one, f"{number}. ", edition, _ROOM["decision"] - 35))
        lines += standing_lines(edition, one.proposal_id)
        if number == MOST_DECISIONS and total > number:
            lines.append(more(total - number, edition.desk("groups")))
        parts.append(with_buttons(f"decision-{number}", lines, one.proposal_id, (Verb.APPROVE, Verb.REJECT), edition))
    return parts


def _overnight(briefing: Briefing) -> Part:
    # No "reports -> incidents": who could subtract would know how many are restricted (decision 0001).
    head = f" {plural(briefing.new_reports, 'new report')}"
    if briefing.new_reports or briefing.incidents:
        head += f"; {plural(briefing.incidents, 'incident')} below"
    if briefing.partners:
        head += f", from {plural(briefing.partners, 'partner')}"
    lines = [line(Run("OVERNIGHT", is_bold=True), head)]
    counts = [
        f"{count.label} {count.incidents}" + (f" (usual {span(count.usual)})" if count.usual else "")
        for count in briefing.categories
    ]
    room = _ROOM["overnight"] - 200
    lines.append(line(joined(counts, _MOST_CATEGORIES, room) if counts else briefing.words_without_incidents))
    lines.append(line(cut(briefing.usual_note, 130)))
    return Part("overnight", tuple(lines))


def _repeats(briefing: Briefing) -> list[Part]:
    if not briefing.hot_places:
        return []
    days = briefing.hot_places[0].days
    hot = [f"{place.place} {place.incidents}" for place in briefing.hot_places]
    head = Run(f"REPEATS in {days} days", is_bold=True)
    return [Part("repeats", (line(head, " " + joined(hot, _MOST_LINES, _ROOM["repeats"] - 30)),))]


def _taskings(briefing: Briefing, edition: Edition) -> list[Part]:
    standing = briefing.open_taskings
    parts = []
    if standing.open or standing.done:
        counts = [f"{standing.done} done", f"{standing.due_today} due today"]
        counts += [f"{len(standing.overdue)} overdue: {standing.overdue[0]}"] if standing.overdue else []
        head = Run(f"OPEN {standing.open}", is_bold=True, link=edition.desk("taskings"))
        parts.append(Part("open", (line(head, " " + cut(" · ".join(counts), _ROOM["open"] - 20)),)))
    if not briefing.taskings:
        return parts
    told = line(
        bold(f"TASKINGS proposed ({len(briefing.taskings)})"), " the first:" if len(briefing.taskings) > 2 else ""
    )
    shown = [
        line(f"{cut(one.owner, 40)}: {cut(one.what, 40)}, {cut(one.place, 40)}", is_item=True)
        for one in briefing.taskings[:2]
    ]
    return [*parts, Part("taskings", within([told, *shown], _ROOM["taskings"], edition.desk("taskings")))]


def _rest(briefing: Briefing, edition: Edition) -> list[Part]:
    said = []
    if briefing.changed:
        said.append(line(bold("CHANGED"), " " + joined(briefing.changed, 3, 100)))
    owed = []
    if briefing.feedback_owed:
        oldest = plural(briefing.feedback_oldest_days, "day")
        owed.append(f"FEEDBACK OWED {briefing.feedback_owed}, oldest {oldest}")
    if briefing.to_confirm:
        owed.append(f"TO CONFIRM {plural(briefing.to_confirm, 'possible duplicate')}")
    if briefing.held:
        owed.append(f"HELD {plural(sum(one.rows for one in briefing.held), 'row')}")
    if owed:
        said.append(line(Run(" · ".join(owed), is_bold=True, link=edition.desk("today"))))
    return [Part("rest", tuple(said))] if said else []


def _summary(briefing: Briefing, day: str, late: str) -> str:
    said = [f"CSU briefing {day}.", *([late + "."] if late else [])]
    if briefing.notices:
        said.append(f"Partial: {briefing.feeds_complete} of {len(briefing.feeds)} feeds.")
        said += [cut(notice, 120) + "." for notice in briefing.notices[:2]]
    else:
        said.append("Every partner's news is here.")
    if briefing.decisions:
        places = ", ".join(cut(one.headline, 40) for one in briefing.decisions[:MOST_DECISIONS])
        said.append(f"{plural(len(briefing.decisions), 'decision')}: {places}.")
    else:
        said.append("Nothing to decide.")
    counts = [f"{cut(count.label, 40)} {count.incidents}" for count in briefing.categories[:4]]
    said.append(f"{plural(briefing.incidents, 'incident')}" + (f": {', '.join(counts)}." if counts else "."))
    if briefing.taskings:
        said.append(f"{plural(len(briefing.taskings), 'tasking')} proposed.")
    return cut(" ".join(said), SUMMARY_LIMIT)
