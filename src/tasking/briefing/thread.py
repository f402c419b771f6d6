"""The thread below the message: what changed, taskings, evidence, incidents by area, held rows, feeds."""

from collections.abc import Sequence
from typing import Final

from tasking.briefing import phrases
from tasking.briefing.edition import MOST_CHANGES, Edition
from tasking.briefing.message import (
    REPLY_LIMIT,
    Line,
    Part,
    Reply,
    Run,
    bold,
    cut,
    line,
    more,
    packed,
    plural,
    short_day,
    within,
)
from tasking.briefing.proposal_lines import MOST_DECISIONS, decision_line, standing_lines, with_buttons
from tasking.briefing.sections import Section, sections
from tasking.model.briefing import Briefing, Decision, TaskingLine
from tasking.model.proposal import Verb

MOST_REPLIES: Final = 12
_MOST_EVIDENCE: Final = 8  # decisions


def replies_of(briefing: Briefing, edition: Edition) -> tuple[Reply, ...]:
    """The replies in their order, `MOST_REPLIES` at most."""
    listed = sections(briefing, edition, cut)
    before = [
        *(_reply(section) for section in (*listed.changes[-MOST_CHANGES:], listed.later) if section.items),
        *_taskings(briefing, edition),
        *_evidence(briefing, edition),
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


def _taskings(briefing: Briefing, edition: Edition) -> list[Reply]:
    parts = tuple(_tasking(one, number, edition) for number, one in enumerate(briefing.taskings, 1))
    return [Reply("taskings", f"TASKINGS proposed ({len(parts)})", parts)] if parts else []


def _tasking(tasking: TaskingLine, number: int, edition: Edition) -> Part:
    place = Run(cut(tasking.place, 60), link=edition.desk("taskings", tasking.proposal_id))
    lines = [
        line(f"{number}. ", bold(cut(tasking.owner, 60)), f": {cut(tasking.what, 80)}, ",
              place, f", by {short_day(tasking.due_on)}"),
        line(cut(tasking.why, 140)),
        *standing_lines(edition, tasking.proposal_id),
    ]  # fmt: skip
    return with_buttons(f"tasking-{number}", lines, tasking.proposal_id, (Verb.TAKE, Verb.DONE), edition)


def _evidence(briefing: Briefing, edition: Edition) -> list[Reply]:
    """What each decision rests on, for the first `_MOST_EVIDENCE` of them."""
    decisions = briefing.decisions
    if not decisions:
        return []
    room = REPLY_LIMIT // min(len(decisions), _MOST_EVIDENCE)
    parts = [_evidence_of(one, number, room, edition) for number, one in enumerate(decisions[:_MOST_EVIDENCE], 1)]
    if len(decisions) > _MOST_EVIDENCE:
        rest = more(len(decisions) - _MOST_EVIDENCE, edition.desk("groups"), "on the meeting's own list")
        parts.append(Part("evidence-more", (rest,)))
    return [Reply("evidence", "EVIDENCE", tuple(parts))]


def _evidence_of(decision: Decision, number: int, room: int, edition: Edition) -> Part:
    lines = [decision_line(decision, f"{number}. ", edition, 200), *standing_lines(edition, decision.proposal_id)]
    lines += [line(cut(words, 120), is_item=True) for words in decision.evidence]
    shown = within(lines, room, edition.desk("groups", decision.proposal_id))
    # The first decisions have their buttons in the message.
    verbs = () if number <= MOST_DECISIONS else (Verb.APPROVE, Verb.REJECT)
    return with_buttons(f"evidence-{number}", shown, decision.proposal_id, verbs, edition)


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
