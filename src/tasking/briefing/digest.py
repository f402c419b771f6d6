"""The briefing as a message: what stands in it, in which order, and how much of it. Renderers only set it.

The message is read in 90 seconds: decisions first, 2,500 characters at most. What has no room stands in the replies.
Everything is shortened here, before any renderer escapes it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from tasking.briefing.edition import Edition
from tasking.model.briefing import Briefing, Decision, TaskingLine
from tasking.model.proposal import Standing, Verb

MESSAGE_LIMIT: Final = 2500
SUMMARY_LIMIT: Final = 600
REPLY_LIMIT: Final = 2800
MOST_REPLIES: Final = 12
_MOST_DECISIONS: Final = 3  # each with its buttons; the others stand in the replies
_MOST_CATEGORIES: Final = 8
_MOST_LINES: Final = 5
# What each part may take of the message, so that the whole keeps within it whatever the day.
_ROOM: Final = {
    "feeds": 430,
    "decision": 140,
    "overnight": 470,
    "repeats": 200,
    "taskings": 280,
    "rest": 200,
    "foot": 230,
}
_INVISIBLE: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]|[\x00-\x09\x0b-\x1f\x7f-\x9f]"
)


class Tone(StrEnum):
    PLAIN = "plain"
    ALERT = "alert"
    GOOD = "good"
    SOFT = "soft"


class Run(NamedTuple):
    """Some words; never markup. `link` is an address of ours."""

    text: str
    is_bold: bool = False
    link: str | None = None


class Line(NamedTuple):
    runs: tuple[Run, ...]
    is_item: bool = False

    @property
    def size(self) -> int:
        return sum(len(run.text) for run in self.runs) + 1


class Part(NamedTuple):
    """Some lines that belong together. Buttons act on `proposal_id`."""

    key: str
    lines: tuple[Line, ...]
    tone: Tone = Tone.PLAIN
    proposal_id: str = ""
    buttons: tuple[Verb, ...] = ()


@dataclass(frozen=True)
class Reply:
    """A message of the thread; a section of a mail. `key` names it for ever."""

    key: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Digest:
    """`summary` is the message for those who hear it or see a notification."""

    title: str
    strapline: str
    summary: str
    parts: tuple[Part, ...]
    foot: tuple[str, ...]
    replies: tuple[Reply, ...]

    @property
    def text(self) -> str:
        """The message without any setting; a line a line."""
        lines = ["".join(run.text for run in line.runs) for part in self.parts for line in part.lines]
        return "\n".join([self.title, *([self.strapline] if self.strapline else []), *lines, *self.foot])

    @property
    def size(self) -> int:
        """Characters that a reader of the message reads."""
        words = sum(line.size for part in self.parts for line in part.lines)
        return words + len(self.title) + len(self.strapline) + sum(map(len, self.foot))


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
        replies=_replies(briefing, edition),
    )


def plain_digest(title: str, head: str, lines: Sequence[str]) -> Digest:
    """A short message of our own words: a heading, what it is, and lines below it."""
    said = [_line(_bold(cut(head, 200))), *(_line(cut(line, 300), is_item=True) for line in lines)]
    summary = cut(" ".join([f"{title}.", f"{head}.", *lines]), SUMMARY_LIMIT)
    return Digest(cut(title, 100), "", summary, (Part("note", _within(said, 2000)),), (), ())


def clean(text: str) -> str:
    """Text without what can't be seen: bidirectional marks, zero-width and control characters."""
    return _INVISIBLE.sub("", text)


def cut(text: str, limit: int) -> str:
    """Clean text of at most `limit` characters, ended at a word."""
    text = " ".join(clean(text).split())
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[limit // 2 :] else head) + "…"


def plural(count: int, word: str, words: str | None = None) -> str:
    """`1 incident`, `2 incidents`."""
    return f"{count} {word if count == 1 else words or word + 's'}"


def _line(*runs: Run | str, is_item: bool = False) -> Line:
    return Line(tuple(run if isinstance(run, Run) else Run(clean(run)) for run in runs), is_item)


def _bold(text: str) -> Run:
    return Run(clean(text), is_bold=True)


def _more(count: int, link: str | None, what: str = "below") -> Line:
    return _line(Run(f"and {count} more {'on the desk' if link else what}", link=link))


def _within(lines: Sequence[Line], room: int, link: str | None = None) -> tuple[Line, ...]:
    """As many of the lines as there is room for, the first of them always; then how many there are beside."""
    kept: list[Line] = []
    left = room - 30
    for number, line in enumerate(lines):
        if line.size > left and kept:
            return (*kept, _more(len(lines) - number, link))
        kept.append(_shortened(line, left))
        left -= kept[-1].size
    return tuple(kept)


def _shortened(line: Line, room: int) -> Line:
    runs, left = [], max(room, 12)
    for run in line.runs:
        if left <= 1:
            break
        text = run.text if len(run.text) <= left else cut(run.text, left)
        runs.append(run._replace(text=text))
        left -= len(text)
    return line._replace(runs=tuple(runs))


def _joined(items: Sequence[str], most: int, room: int) -> str:
    """`Noise 3 · Fly-tip 2 · and 4 more`: whole items only, but for a first that has no room."""
    kept: list[str] = []
    for item in items[:most]:
        if kept and sum(map(len, kept)) + 3 * len(kept) + len(item) > room - 20:
            break
        kept.append(cut(item, room - 20))
    return " · ".join([*kept, *([f"and {len(items) - len(kept)} more"] if len(items) > len(kept) else [])])


def _feeds(briefing: Briefing, edition: Edition) -> Part:
    standing = f"{briefing.feeds_complete}/{len(briefing.feeds)}"
    if not briefing.notices:
        return Part("feeds", (_line(_bold(f"FEEDS {standing}"), " every partner's news is here"),), Tone.GOOD)
    head = _line(_bold(f"PARTIAL · FEEDS {standing}"), " Totals are not comparable.")
    told = [_line(cut(notice, 200), is_item=True) for notice in briefing.notices]
    return Part("feeds", _within([head, *told], _ROOM["feeds"], edition.desk("feeds")), Tone.ALERT)


def _decisions(briefing: Briefing, edition: Edition) -> list[Part]:
    total = len(briefing.decisions)
    if not total:
        return [Part("decide", (_line(_bold("DECIDE (0)"), " Nothing gathers that would need a decision."),))]
    parts = []
    for number, one in enumerate(briefing.decisions[:_MOST_DECISIONS], 1):
        lines = [] if number > 1 else [_line(_bold(f"DECIDE ({total})"))]
        lines.append(_decision_line(one, f"{number}. ", edition, _ROOM["decision"] - 35))
        lines += _standing(edition, one.proposal_id)
        if number == _MOST_DECISIONS and total > number:
            lines.append(_more(total - number, edition.desk("groups")))
        parts.append(_with_buttons(f"decision-{number}", lines, one.proposal_id, (Verb.APPROVE, Verb.REJECT), edition))
    return parts


def _decision_line(one: Decision, number: str, edition: Edition, room: int) -> Line:
    place = cut(one.headline, room // 2)
    return _line(
        number, Run(place, is_bold=True, link=edition.desk("groups", one.proposal_id)), ": ",
        cut(one.detail, room - len(place)),
    )  # fmt: skip


def _standing(edition: Edition, proposal_id: str) -> list[Line]:
    words = edition.standing_words(proposal_id)
    return [_line("→ ", _bold(cut(words, 100)))] if words else []


def _with_buttons(key: str, lines: Sequence[Line], proposal_id: str, verbs: Iterable[Verb], edition: Edition) -> Part:
    still = edition.standing.get(proposal_id, Standing()).open_verbs if edition.has_buttons else ()
    return Part(key, tuple(lines), proposal_id=proposal_id, buttons=tuple(verb for verb in verbs if verb in still))


def _overnight(briefing: Briefing) -> Part:
    head = f" {plural(briefing.new_reports, 'new report')} → {plural(briefing.incidents, 'incident')}"
    if briefing.partners:
        head += f" from {plural(briefing.partners, 'partner')}"
    lines = [_line(Run("OVERNIGHT", is_bold=True), head)]
    counts = [
        f"{count.label} {count.incidents}" + (f" (usual {count.usual[0]} to {count.usual[1]})" if count.usual else "")
        for count in briefing.categories
    ]
    room = _ROOM["overnight"] - 200
    lines.append(_line(_joined(counts, _MOST_CATEGORIES, room) if counts else "A quiet night."))
    lines.append(_line(cut(briefing.usual_note, 130)))
    return Part("overnight", tuple(lines))


def _repeats(briefing: Briefing) -> list[Part]:
    if not briefing.hot_places:
        return []
    days = briefing.hot_places[0].days
    hot = [f"{place.place} {place.incidents}" for place in briefing.hot_places]
    head = Run(f"REPEATS in {days} days", is_bold=True)
    return [Part("repeats", (_line(head, " " + _joined(hot, _MOST_LINES, _ROOM["repeats"] - 30)),))]


def _taskings(briefing: Briefing, edition: Edition) -> list[Part]:
    if not briefing.taskings:
        return []
    head = _line(
        _bold(f"TASKINGS proposed ({len(briefing.taskings)})"), " the first:" if len(briefing.taskings) > 2 else ""
    )
    shown = [
        _line(f"{cut(one.owner, 40)}: {cut(one.what, 40)}, {cut(one.place, 40)}", is_item=True)
        for one in briefing.taskings[:2]
    ]
    return [Part("taskings", _within([head, *shown], _ROOM["taskings"], edition.desk("taskings")))]


def _rest(briefing: Briefing, edition: Edition) -> list[Part]:
    said = []
    if briefing.changed:
        said.append(_line(_bold("CHANGED"), " " + _joined(briefing.changed, 3, 100)))
    owed = []
    if briefing.feedback_owed:
        owed.append(f"FEEDBACK OWED {briefing.feedback_owed}")
    if briefing.to_confirm:
        owed.append(f"TO CONFIRM {plural(briefing.to_confirm, 'possible duplicate')}")
    if briefing.held:
        owed.append(f"HELD {plural(sum(line.rows for line in briefing.held), 'row')}")
    if owed:
        said.append(_line(Run(" · ".join(owed), is_bold=True, link=edition.desk("today"))))
    return [Part("rest", tuple(said))] if said else []


def _summary(briefing: Briefing, day: str, late: str) -> str:
    said = [f"CSU briefing {day}.", *([late + "."] if late else [])]
    if briefing.notices:
        said.append(f"Partial: {briefing.feeds_complete} of {len(briefing.feeds)} feeds.")
        said += [cut(notice, 120) + "." for notice in briefing.notices[:2]]
    else:
        said.append("Every partner's news is here.")
    if briefing.decisions:
        places = ", ".join(cut(one.headline, 40) for one in briefing.decisions[:_MOST_DECISIONS])
        said.append(f"{plural(len(briefing.decisions), 'decision')}: {places}.")
    else:
        said.append("Nothing to decide.")
    counts = [f"{cut(count.label, 40)} {count.incidents}" for count in briefing.categories[:4]]
    said.append(f"{plural(briefing.incidents, 'incident')}" + (f": {', '.join(counts)}." if counts else "."))
    if briefing.taskings:
        said.append(f"{plural(len(briefing.taskings), 'tasking')} proposed.")
    return cut(" ".join(said), SUMMARY_LIMIT)


def _replies(briefing: Briefing, edition: Edition) -> tuple[Reply, ...]:
    """The thread: what changed, taskings, evidence, the areas, held rows, feeds."""
    replies = [
        Reply(f"v{version}", f"v{version}: what changed",
              (Part("changes", _within([_line(cut(one, 300), is_item=True) for one in told], REPLY_LIMIT)),))
        for version, told in edition.changes[-3:]
    ]  # fmt: skip
    if briefing.taskings:
        parts = tuple(_tasking(one, number, edition) for number, one in enumerate(briefing.taskings, 1))
        replies.append(Reply("taskings", f"TASKINGS proposed ({len(parts)})", parts))
    if briefing.decisions:
        replies.append(Reply("evidence", "EVIDENCE", tuple(_evidence(briefing.decisions, edition))))
    lines: list[Line] = []
    for area in briefing.areas:
        lines.append(_line(_bold(cut(area.name, 80)), f" ({len(area.incidents)})"))
        for one in area.incidents:
            told = f", {one.reports} reports" if one.reports > 1 else ""
            words = f"{cut(one.label, 60)}, {cut(one.place or 'place not named', 80)}, {cut(one.when, 40)}{told}"
            lines.append(_line(words, is_item=True))
    replies += _packed("areas", "BY AREA", lines, MOST_REPLIES - len(replies) - 2, edition.desk("incidents"))
    if briefing.held:
        rows = [
            _line(f"{cut(one.partner, 80)}: {plural(one.rows, 'row')}: {cut(one.reason, 200)}", is_item=True)
            for one in briefing.held
        ]
        total = sum(one.rows for one in briefing.held)
        replies += _packed("held", f"HELD {total} wait for a person", rows, 1, edition.desk("held"))
    feeds = [
        _line(_bold(cut(one.partner, 80)), f": {cut(one.state, 80)}, {plural(one.rows_in, 'row')} in, {one.new} new",
              f", {one.held} held" if one.held else "", is_item=True)
        for one in briefing.feeds
    ]  # fmt: skip
    return (*replies, *_packed("feeds", "FEEDS", feeds, 1, edition.desk("feeds")))


def _tasking(one: TaskingLine, number: int, edition: Edition) -> Part:
    due = f"{one.due_on:%a} {one.due_on.day} {one.due_on:%b}"
    lines = [
        _line(f"{number}. ", _bold(cut(one.owner, 60)), f": {cut(one.what, 80)}, ",
              Run(cut(one.place, 60), link=edition.desk("taskings", one.proposal_id)), f", by {due}"),
        _line(cut(one.why, 140)),
        *_standing(edition, one.proposal_id),
    ]  # fmt: skip
    return _with_buttons(f"tasking-{number}", lines, one.proposal_id, (Verb.TAKE, Verb.DONE), edition)


def _evidence(decisions: Sequence[Decision], edition: Edition) -> Iterable[Part]:
    room = REPLY_LIMIT // min(len(decisions), 8)
    for number, one in enumerate(decisions[:8], 1):
        lines = [_decision_line(one, f"{number}. ", edition, 200), *_standing(edition, one.proposal_id)]
        lines += [_line(cut(what, 120), is_item=True) for what in one.evidence]
        yield _with_buttons(
            f"evidence-{number}", _within(lines, room, edition.desk("groups", one.proposal_id)), one.proposal_id,
            () if number <= _MOST_DECISIONS else (Verb.APPROVE, Verb.REJECT), edition,
        )  # fmt: skip
    if len(decisions) > 8:
        yield Part("evidence-more", (_more(len(decisions) - 8, edition.desk("groups"), "on the meeting's own list"),))


def _packed(key: str, title: str, lines: Sequence[Line], most: int, link: str | None) -> list[Reply]:
    """The lines in as many messages as they need, `most` at most; the last says how many there are beside."""
    pages: list[list[Line]] = []
    size = REPLY_LIMIT
    for number, line in enumerate(lines):
        if size + line.size > REPLY_LIMIT - 60:
            if len(pages) == most:
                pages[-1].append(_more(sum(one.is_item for one in lines[number:]), link, "on the desk"))
                break
            pages.append([])
            size = 0
        pages[-1].append(line)
        size += line.size
    of = f" ({{}} of {len(pages)})" if len(pages) > 1 else ""
    return [
        Reply(f"{key}-{number}", title + of.format(number), (Part(key, tuple(page)),))
        for number, page in enumerate(pages, 1)
    ]
