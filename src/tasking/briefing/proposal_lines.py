"""The lines of a question in the message and in the thread: what is asked, who acted on it, its buttons."""

from collections.abc import Iterable, Sequence
from typing import Final

from tasking.briefing import phrases
from tasking.briefing.edition import Edition
from tasking.briefing.message import Line, Part, Run, bold, cut, line
from tasking.briefing.phrases import Question
from tasking.model.briefing import Decision, TaskingLine
from tasking.model.proposal import Standing, Verb

MOST_QUESTIONS: Final = 3  # in the message, each with its buttons; the others are in the thread


def question_line(one: Question, edition: Edition, room: int) -> Line:
    """`A. The Vine: patrol and speak to those involved. Kent Police by Fri 23 Oct? (hate, weapon)` in `room`
    characters; the place links to the desk."""
    page = "groups" if isinstance(one, Decision) else "taskings"
    lead, rest = phrases.question(one)
    lead = cut(lead, room // 3)
    letter = f"{phrases.letter(one.number)}. " if one.number else ""
    return line(letter, Run(lead, is_bold=True, link=edition.desk(page, one.proposal_id)), ": ",
                cut(rest, room - len(lead) - 5))  # fmt: skip


def verbs_of(one: Question, edition: Edition) -> tuple[Verb, ...]:
    """The buttons below a question: of a tasking that is decided, what its owner presses."""
    standing = edition.standing.get(one.proposal_id)
    is_open = standing is None or Verb.APPROVE in standing.open_verbs
    return (Verb.DONE,) if isinstance(one, TaskingLine) and not is_open else (Verb.APPROVE, Verb.REJECT)


def standing_lines(edition: Edition, proposal_id: str) -> list[Line]:
    """`→ Taken by Sgt Hale 08:10`, or no line if nobody has acted."""
    words = edition.standing_words(proposal_id)
    return [line("→ ", bold(cut(words, 100)))] if words else []


def with_buttons(key: str, lines: Sequence[Line], proposal_id: str, verbs: Iterable[Verb], edition: Edition) -> Part:
    """The lines, with a button for each of the verbs that is still open; and on its own day one that undoes the newest
    decision."""
    wanted = tuple(verbs)
    standing = edition.standing.get(proposal_id, Standing(is_tasking=proposal_id.startswith("T-")))
    buttons = tuple(verb for verb in wanted if verb in standing.open_verbs) if edition.has_buttons else ()
    if edition.has_buttons and wanted and standing.last_act and standing.last_act[-1].day == edition.day:
        buttons += (Verb.UNDO,)
    return Part(key, tuple(lines), proposal_id=proposal_id, buttons=buttons)
