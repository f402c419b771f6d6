"""The briefing as a message: what it contains, in which order, and how much of it. Renderers add only markup.

The message is read in 90 seconds: what matters of the night, what is new to decide, what is left from earlier meetings,
figures; 2,500 characters and 15 blocks at most. The rest is in the replies (see thread).
Text is shortened here, before a renderer escapes it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tasking.briefing import phrases
from tasking.briefing.edition import Edition
from tasking.briefing.message import (
    Digest,
    Line,
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
from tasking.briefing.proposal_lines import MOST_QUESTIONS, question_line, standing_lines, verbs_of, with_buttons
from tasking.briefing.thread import replies_of
from tasking.model.briefing import Briefing, NightIncident

MESSAGE_LIMIT: Final = 2500
SUMMARY_LIMIT: Final = 600
_MOST_CATEGORIES: Final = 5
_MOST_LINES: Final = 5
_FULLER_FIRST: Final = ((5, True), (5, False), (4, False), (3, False))  # incidents of the night, whether all figures
_BUTTON_WORDS: Final = 60  # characters on the buttons
# The most characters of each part, which keep any message within its limit.
_ROOM: Final = {"feeds": 330, "incident": 135, "question": 170, "figures": 180, "repeats": 110, "foot": 200}


def digest(briefing: Briefing, edition: Edition) -> Digest:
    """The message of a briefing, for any channel. On a day with much to say the figures are shorter, then the night."""
    day = short_day(briefing.day)
    late = edition.late_words
    strapline = [briefing.marking, briefing.window_words, f"v{edition.version}", *([late] if late else [])]
    ledger = f"Ledger: {phrases.ledger(briefing)}"
    shown = Digest(
        title=cut(f"CSU briefing · {day}", 100),
        strapline=cut(" · ".join(strapline), 150),
        summary=_summary(briefing, day, late),
        parts=(),
        foot=(cut(briefing.restricted, 110), cut(ledger, _ROOM["foot"] - 110)),
        replies=replies_of(briefing, edition),
    )
    for incidents, has_all_figures in _FULLER_FIRST:
        parts = [
            _feeds(briefing, edition),
            _night(briefing, incidents),
            *_questions(briefing, edition),
            *_earlier(briefing, edition),
            _figures(briefing, has_all_figures),
        ]
        shown = replace(shown, parts=tuple(parts))
        if shown.size <= MESSAGE_LIMIT - _BUTTON_WORDS:
            break
    return shown


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


def _night(briefing: Briefing, most: int) -> Part:
    """What matters of the night, numbered, the most harm first: `most` incidents."""
    if not briefing.night:
        return Part("night", (line(bold("LAST NIGHT"), f" {briefing.words_without_incidents}"),))
    shown = briefing.night[:most]
    rest = briefing.incidents - len(shown)
    of_all = f" {phrases.of_how_many(len(shown), briefing.incidents)}" if rest else ""
    lines = [line(f"{number}. ", *_night_runs(one, _ROOM["incident"])) for number, one in enumerate(shown, 1)]
    return Part("night", (line(bold("WHAT MATTERS"), of_all), *lines))


def _night_runs(one: NightIncident, room: int) -> list[Run | str]:
    """`Hate incident, The Vine, Thu 22 Oct 20:15, new · weapon, immediate · 2 reports`; label and place are bold."""
    lead = cut(f"{one.label}, {one.place or phrases.NO_PLACE}", room // 2 + 10)
    return [bold(lead), cut(phrases.after_the_place(one), max(20, room - len(lead)))]


def _questions(briefing: Briefing, edition: Edition) -> list[Part]:
    """What is new to decide, the most harm first, each with its owner and date and its buttons."""
    questions = phrases.questions(briefing)
    if not questions:
        return [Part("decide", (line(bold("DECIDE (0)"), f" {phrases.NOTHING_TO_DECIDE}"),))]
    total = len(questions)
    parts = []
    for place, one in enumerate(questions[:MOST_QUESTIONS], 1):
        lines = [line(bold(f"DECIDE ({total})"))] if place == 1 else []
        lines.append(question_line(one, edition, _ROOM["question"]))
        lines += standing_lines(edition, one.proposal_id)
        if place == MOST_QUESTIONS and total > place:
            lines.append(more(total - place, edition.desk("taskings"), "in the thread"))
        parts.append(with_buttons(f"question-{one.number}", lines, one.proposal_id, verbs_of(one, edition), edition))
    return parts


def _earlier(briefing: Briefing, edition: Edition) -> list[Part]:
    """What earlier meetings left: decisions, taskings, follow-ups, rows to correct; a line each."""
    lines: list[Line] = []
    if words := phrases.still_to_decide(briefing):
        lines.append(line(Run(cut(words, 140), is_bold=True, link=edition.desk("groups"))))
    standing = briefing.open_taskings
    if standing.open or standing.done:
        *counts, overdue = phrases.open_counts(standing)
        counts += [f"{overdue}: {standing.overdue[0]}"] if standing.overdue else []
        title = Run(f"OPEN TASKINGS {standing.open}", is_bold=True, link=edition.desk("taskings"))
        lines.append(line(title, " " + cut(" · ".join(counts), 150)))
    if briefing.case_reviews:
        title = Run(phrases.case_reviews(briefing), is_bold=True, link=edition.desk("case-reviews"))
        lines.append(line(title, ". Next: ", cut(phrases.case_review(briefing.case_reviews[0]), 110)))
    if briefing.feedback_owed:
        title = Run("FOLLOW-UPS", is_bold=True, link=edition.desk("follow-ups"))
        lines.append(line(title, " " + cut(phrases.to_contact(briefing), 110)))
    owed = []
    if briefing.to_confirm:
        owed.append(phrases.to_confirm(briefing))
    if briefing.held:
        owed.append(phrases.held_rows(briefing))
    if owed:
        lines.append(line(Run(" · ".join(owed), link=edition.desk("today"))))
    return [Part("earlier", tuple(lines))] if lines else []


def _figures(briefing: Briefing, has_all: bool) -> Part:
    # No "reports -> incidents": who could subtract would know how many are restricted (decision 0001).
    lines = [line(Run("FIGURES", is_bold=True), f" {phrases.overnight(briefing, has_zeros=False)}")]
    unusual = [count for count in briefing.categories if count.is_unusual]
    counts = [f"{count.label} {count.incidents}{phrases.usual(count)}" for count in briefing.categories]
    if counts:
        lines.append(line(joined(counts, _MOST_CATEGORIES, _ROOM["figures"])))
    if unusual:
        lines.append(line(bold("Above usual: "), cut(", ".join(one.label for one in unusual), 100)))
    if briefing.hot_places and has_all:
        hot = [f"{place.place} {place.incidents}" for place in briefing.hot_places]
        days = briefing.hot_places[0].days
        lines.append(line(bold(f"Repeat places, {days} days: "), joined(hot, _MOST_LINES, _ROOM["repeats"])))
    if briefing.changed and has_all:
        lines.append(line(bold("Changed: "), joined(briefing.changed, 3, 100)))
    return Part("figures", tuple(lines))


def _summary(briefing: Briefing, day: str, late: str) -> str:
    sentences = [f"CSU briefing {day}.", *([late + "."] if late else [])]
    if briefing.notices:
        sentences.append(f"Partial: {briefing.feeds_complete} of {len(briefing.feeds)} feeds.")
        sentences += [cut(notice, 120) + "." for notice in briefing.notices[:2]]
    else:
        sentences.append(phrases.sentence(phrases.ALL_FEEDS_IN))
    matters = [cut(f"{one.label}, {one.place or phrases.NO_PLACE}", 60) for one in briefing.night[:3]]
    sentences.append(f"{plural(briefing.incidents, 'incident')}" + (f": {'; '.join(matters)}." if matters else "."))
    questions = phrases.questions(briefing)
    sentences.append(f"{plural(len(questions), 'decision')} needed today." if questions else phrases.NOTHING_TO_DECIDE)
    return cut(" ".join(sentences), SUMMARY_LIMIT)
