"""The thread below the message: what changed, taskings, evidence, the areas, held rows, feeds."""

from collections.abc import Iterable, Sequence
from typing import Final

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
    within,
)
from tasking.briefing.pieces import MOST_DECISIONS, decision_line, standing_lines, with_buttons
from tasking.model.briefing import Briefing, Decision, TaskingLine
from tasking.model.proposal import Verb

MOST_REPLIES: Final = 12


def replies_of(briefing: Briefing, edition: Edition) -> tuple[Reply, ...]:
    """The thread: what changed, taskings, evidence, the areas, held rows, feeds."""
    replies = [
        Reply(f"v{version}", f"v{version}: what changed",
              (Part("changes", within([line(cut(one, 300), is_item=True) for one in told], REPLY_LIMIT)),))
        for version, told in edition.changes[-MOST_CHANGES:]
    ]  # fmt: skip
    if edition.later:
        done = [line(cut(one, 300), is_item=True) for one in edition.later]
        replies.append(Reply("later", "SINCE THIS VERSION", (Part("later", within(done, REPLY_LIMIT)),)))
    if briefing.taskings:
        parts = tuple(_tasking(one, number, edition) for number, one in enumerate(briefing.taskings, 1))
        replies.append(Reply("taskings", f"TASKINGS proposed ({len(parts)})", parts))
    if briefing.decisions:
        replies.append(Reply("evidence", "EVIDENCE", tuple(_evidence(briefing.decisions, edition))))
    if briefing.warnings or briefing.open_taskings.overdue:
        watched = [line(cut(one, 200), is_item=True) for one in briefing.warnings]
        watched += [line(bold("Overdue "), cut(one, 180), is_item=True) for one in briefing.open_taskings.overdue]
        replies += packed("watch", "TO WATCH", watched, 1, edition.desk("groups"))
    lines: list[Line] = []
    for area in briefing.areas:
        lines.append(line(bold(cut(area.name, 80)), f" ({len(area.incidents)})"))
        for one in area.incidents:
            told = f", {one.reports} reports" if one.reports > 1 else ""
            words = f"{cut(one.label, 60)}, {cut(one.place or 'place not named', 80)}, {cut(one.when, 40)}{told}"
            lines.append(line(words, is_item=True))
    replies += packed("areas", "BY AREA", lines, MOST_REPLIES - len(replies) - 2, edition.desk("incidents"))
    if briefing.held:
        rows = [
            line(f"{cut(one.partner, 80)}: {plural(one.rows, 'row')}: {cut(one.reason, 200)}", is_item=True)
            for one in briefing.held
        ]
        total = sum(one.rows for one in briefing.held)
        replies += packed("held", f"HELD {total} wait for a person", rows, 1, edition.desk("held"))
    feeds = [
        line(bold(cut(one.partner, 80)), f": {cut(one.state, 80)}, {plural(one.rows_in, 'row')} in, {one.new} new",
              f", {one.held} held" if one.held else "", is_item=True)
        for one in briefing.feeds
    ]  # fmt: skip
    return (*replies, *packed("feeds", "FEEDS", feeds, 1, edition.desk("feeds")))


def _tasking(one: TaskingLine, number: int, edition: Edition) -> Part:
    due = f"{one.due_on:%a} {one.due_on.day} {one.due_on:%b}"
    lines = [
        line(f"{number}. ", bold(cut(one.owner, 60)), f": {cut(one.what, 80)}, ",
              Run(cut(one.place, 60), link=edition.desk("taskings", one.proposal_id)), f", by {due}"),
        line(cut(one.why, 140)),
        *standing_lines(edition, one.proposal_id),
    ]  # fmt: skip
    return with_buttons(f"tasking-{number}", lines, one.proposal_id, (Verb.TAKE, Verb.DONE), edition)


def _evidence(decisions: Sequence[Decision], edition: Edition) -> Iterable[Part]:
    room = REPLY_LIMIT // min(len(decisions), 8)
    for number, one in enumerate(decisions[:8], 1):
        lines = [decision_line(one, f"{number}. ", edition, 200), *standing_lines(edition, one.proposal_id)]
        lines += [line(cut(what, 120), is_item=True) for what in one.evidence]
        yield with_buttons(
            f"evidence-{number}", within(lines, room, edition.desk("groups", one.proposal_id)), one.proposal_id,
            () if number <= MOST_DECISIONS else (Verb.APPROVE, Verb.REJECT), edition,
        )  # fmt: skip
    if len(decisions) > 8:
        yield Part("evidence-more", (more(len(decisions) - 8, edition.desk("groups"), "on the meeting's own list"),))
