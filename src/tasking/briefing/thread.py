"""The thread below the message: what changed, questions with their evidence, incidents by area, held rows, feeds."""

from collections.abc import Sequence
from typing import Final

from tasking.briefing import phrases
from tasking.briefing.edition import MOST_CHANGES, Edition
from tasking.briefing.message import (
    REPLY_LIMIT,
    Line,
    Part,
    Reply,
    bold,
    cut,
    line,
    more,
    packed,
    plural,
    within,
)
from tasking.briefing.phrases import Question
from tasking.briefing.proposal_lines import MOST_QUESTIONS, question_line, standing_lines, verbs_of, with_buttons
from tasking.briefing.sections import Section, sections
from tasking.model.briefing import Briefing

MOST_REPLIES: Final = 12
_MOST_QUESTIONS: Final = 12  # in one reply


def replies_of(briefing: Briefing, edition: Edition) -> tuple[Reply, ...]:
    """The replies in their order, `MOST_REPLIES` at most."""
    listed = sections(briefing, edition, cut)
    before = [
        *(_reply(section) for section in (*listed.changes[-MOST_CHANGES:], listed.later) if section.items),
        *_questions(briefing, edition),
        *_watch(listed.watch, briefing, edition),
    ]
    after = [
        *(reply for one in (listed.held, *listed.more) if one.is_in_thread for reply in _listed(one, edition)),
        *_feeds(briefing, edition),
    ]
    after_at_most = sum(one.is_in_thread for one in (listed.held, *listed.more)) + 1
    return (*before, *_areas(briefing, edition, MOST_REPLIES - len(before) - after_at_most), *after)


def _reply(section: Section) -> Reply:
    """A section in one reply, as far as there is room."""
    lines = [item.line for item in section.items]
    return Reply(section.key, section.thread_title or section.title, (Part(section.key, within(lines, REPLY_LIMIT)),))


def _listed(section: Section, edition: Edition) -> list[Reply]:
    """A section in one reply, with a link to the desk for what it has no room for; none for an empty section."""
    lines = [item.line for item in section.items]
    return packed(section.key, section.thread_title or section.title, lines, 1, edition.desk(section.page))


def _questions(briefing: Briefing, edition: Edition) -> list[Reply]:
    """Everything that is new to decide, with its evidence; then what earlier meetings left."""
    new, earlier = phrases.questions(briefing), phrases.earlier_decisions(briefing)
    replies = []
    for key, title, some in (("questions", "DECIDE", new), ("earlier", "STILL TO DECIDE", earlier)):
        if some:
            shown = some[:_MOST_QUESTIONS]
            room = REPLY_LIMIT // len(shown)
            parts = [_question(one, place, room, edition) for place, one in enumerate(shown, 1)]
            if len(some) > len(shown):
                rest = more(len(some) - len(shown), edition.desk("groups"), "on the meeting's own list")
                parts.append(Part(f"{key}-more", (rest,)))
            replies.append(Reply(key, f"{title} ({len(some)})", tuple(parts)))
    return replies


def _question(one: Question, place: int, room: int, edition: Edition) -> Part:
    lines = [question_line(one, edition, 200), *standing_lines(edition, one.proposal_id)]
    lines += [line(cut(words, 120), is_item=True) for words in phrases.grounds(one)]
    shown = within(lines, room, edition.desk("groups", one.proposal_id))
    # The first questions have their buttons in the message.
    verbs = () if 0 < one.number <= MOST_QUESTIONS else verbs_of(one, edition)
    return with_buttons(f"question-{place}", shown, one.proposal_id, verbs, edition)


def _watch(watch: Section, briefing: Briefing, edition: Edition) -> list[Reply]:
    overdue = [line(bold("Overdue "), cut(one, 180), is_item=True) for one in briefing.open_taskings.overdue]
    lines = [*(item.line for item in watch.items), *overdue]
    return packed(watch.key, watch.title, lines, 1, edition.desk(watch.page))


def _areas(briefing: Briefing, edition: Edition, most: int) -> list[Reply]:
    lines: list[Line] = []
    for area in briefing.areas:
        lines.append(line(bold(cut(area.name, 80)), f" ({len(area.incidents)})"))
        for incident in area.incidents:
            reports = f", {phrases.reports(incident)}" if incident.reports > 1 else ""
            lines.append(line(phrases.incident(incident, cut) + reports, is_item=True))
    return packed("areas", "BY AREA", lines, most, edition.desk("incidents"))


def _feeds(briefing: Briefing, edition: Edition) -> Sequence[Reply]:
    lines = [
        line(bold(cut(feed.partner, 80)), f": {cut(feed.state, 80)}, {plural(feed.rows_in, 'row')} in, {feed.new} new",
              f", {feed.held} held" if feed.held else "", is_item=True)
        for feed in briefing.feeds
    ]  # fmt: skip
    return packed("feeds", "FEEDS", lines, 1, edition.desk("feeds"))
