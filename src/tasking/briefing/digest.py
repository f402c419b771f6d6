"""The briefing as a message: what it contains, in which order, and how much of it. Renderers add only markup.

The message is read in 90 seconds: decisions first, 2,500 characters at most. The rest is in the replies (see thread).
Text is shortened here, before a renderer escapes it.
"""

from collections.abc import Sequence
from typing import Final

from tasking.briefing import phrases
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
    short_day,
    within,
)
from tasking.briefing.proposal_lines import MOST_DECISIONS, decision_line, standing_lines, with_buttons
from tasking.briefing.thread import replies_of
from tasking.model.briefing import Briefing
from tasking.model.proposal import Verb

MESSAGE_LIMIT: Final = 2500
SUMMARY_LIMIT: Final = 600
_MOST_CATEGORIES: Final = 8
_MOST_LINES: Final = 5
# The most characters of each part, which keep any message within its limit.
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
    day = short_day(briefing.day)
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
    ledger = f"Ledger: {phrases.ledger(briefing)}"
    return Digest(
        title=cut(f"CSU briefing · {day}", 100),
        strapline=cut(" · ".join(strapline), 150),
        summary=_summary(briefing, day, late),
        parts=tuple(parts),
        foot=(cut(briefing.restricted, 110), cut(ledger, _ROOM["foot"] - 110)),
        replies=replies_of(briefing, edition),
    )


def short_digest(title: str, head: str, lines: Sequence[str]) -> Digest:
    """A short message beside the briefing: a title, a heading and lines below it."""
    body = [line(bold(cut(head, 200))), *(line(cut(one, 300), is_item=True) for one in lines)]
    summary = cut(" ".join([f"{title}.", f"{head}.", *lines]), SUMMARY_LIMIT)
    return Digest(cut(title, 100), "", summary, (Part("note", within(body, 2000)),), (), ())


def _feeds(briefing: Briefing, edition: Edition) -> Part:
    complete = phrases.feeds_complete(briefing)
    if not briefing.notices:
        return Part("feeds", (line(bold(f"FEEDS {complete}"), f" {phrases.ALL_FEEDS_IN}"),), Tone.GOOD)
    head = line(bold(f"PARTIAL · FEEDS {complete}"), f" {phrases.sentence(phrases.NOT_COMPARABLE)}")
    notices = [line(cut(notice, 200), is_item=True) for notice in briefing.notices]
    return Part("feeds", within([head, *notices], _ROOM["feeds"], edition.desk("feeds")), Tone.ALERT)


def _decisions(briefing: Briefing, edition: Edition) -> list[Part]:
    total = len(briefing.decisions)
    if not total:
        return [Part("decide", (line(bold("DECIDE (0)"), f" {phrases.NOTHING_TO_DECIDE}"),))]
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
    lines = [line(Run("OVERNIGHT", is_bold=True), f" {phrases.overnight(briefing, has_zeros=False)}")]
    counts = [f"{count.label} {count.incidents}{phrases.usual(count)}" for count in briefing.categories]
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
        *counts, overdue = phrases.open_counts(standing)
        counts += [f"{overdue}: {standing.overdue[0]}"] if standing.overdue else []
        title = Run(f"OPEN {standing.open}", is_bold=True, link=edition.desk("taskings"))
        parts.append(Part("open", (line(title, " " + cut(" · ".join(counts), _ROOM["open"] - 20)),)))
    if not briefing.taskings:
        return parts
    head = line(
        bold(f"TASKINGS proposed ({len(briefing.taskings)})"), " the first:" if len(briefing.taskings) > 2 else ""
    )
    first = [line(phrases.tasking(one, cut), is_item=True) for one in briefing.taskings[:2]]
    return [*parts, Part("taskings", within([head, *first], _ROOM["taskings"], edition.desk("taskings")))]


def _rest(briefing: Briefing, edition: Edition) -> list[Part]:
    lines = []
    if briefing.changed:
        lines.append(line(bold("CHANGED"), " " + joined(briefing.changed, 3, 100)))
    owed = []
    if briefing.feedback_owed:
        owed.append(phrases.feedback_owed(briefing))
    if briefing.to_confirm:
        owed.append(phrases.to_confirm(briefing))
    if briefing.held:
        owed.append(f"HELD {plural(phrases.held_total(briefing), 'row')}")
    if owed:
        lines.append(line(Run(" · ".join(owed), is_bold=True, link=edition.desk("today"))))
    return [Part("rest", tuple(lines))] if lines else []


def _summary(briefing: Briefing, day: str, late: str) -> str:
    sentences = [f"CSU briefing {day}.", *([late + "."] if late else [])]
    if briefing.notices:
        sentences.append(f"Partial: {briefing.feeds_complete} of {len(briefing.feeds)} feeds.")
        sentences += [cut(notice, 120) + "." for notice in briefing.notices[:2]]
    else:
        sentences.append(phrases.sentence(phrases.ALL_FEEDS_IN))
    if briefing.decisions:
        places = ", ".join(cut(one.headline, 40) for one in briefing.decisions[:MOST_DECISIONS])
        sentences.append(f"{plural(len(briefing.decisions), 'decision')}: {places}.")
    else:
        sentences.append("Nothing to decide.")
    counts = [f"{cut(count.label, 40)} {count.incidents}" for count in briefing.categories[:4]]
    sentences.append(f"{plural(briefing.incidents, 'incident')}" + (f": {', '.join(counts)}." if counts else "."))
    if briefing.taskings:
        sentences.append(f"{plural(len(briefing.taskings), 'tasking')} proposed.")
    return cut(" ".join(sentences), SUMMARY_LIMIT)
