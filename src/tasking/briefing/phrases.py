"""The words of a briefing, each written once: the message, its thread, the text and the page all take them from here.

A chat message has little room, so a phrase shortens what it quotes with the function it is given: `cut` for chat, and
`whole` for the text and the page, which show everything.
"""

from collections.abc import Callable
from typing import Final

from tasking.briefing.message import plural, short_day, span
from tasking.model.briefing import (
    Briefing,
    CaseReviewLine,
    CategoryCount,
    Decision,
    HeldLine,
    HotPlace,
    IncidentLine,
    NightIncident,
    OpenTaskings,
    TaskingLine,
)
from tasking.model.follow_up import Counts

Shorten = Callable[[str, int], str]
Question = Decision | TaskingLine
_MOST_RISKS: Final = 3

ALL_FEEDS_IN: Final = "all partners reported"
NOT_COMPARABLE: Final = "totals are not comparable"
NOTHING_TO_DECIDE: Final = "No decisions needed today."
NO_PLACE: Final = "place not named"


def whole(text: str, _limit: int) -> str:
    """The text as it is, whatever the limit."""
    return text


def sentence(words: str) -> str:
    """The words with a capital letter and a full stop."""
    return f"{words[:1].upper()}{words[1:]}."


def feeds_complete(briefing: Briefing) -> str:
    """`5/6`: the complete feeds, of all feeds."""
    return f"{briefing.feeds_complete}/{len(briefing.feeds)}"


def overnight(briefing: Briefing, *, has_zeros: bool = True) -> str:
    """`9 new reports from 4 partners; 7 incidents`. `has_zeros`: say so if there are none."""
    words = plural(briefing.new_reports, "new report")
    if briefing.partners_with_new:
        words += f" from {plural(briefing.partners_with_new, 'partner')}"
    if has_zeros or briefing.new_reports or briefing.incidents:
        words += f"; {plural(briefing.incidents, 'incident')}"
    return words


def usual(count: CategoryCount) -> str:
    """` (usual 1 to 4)` if there are more than chance brings, else nothing."""
    return f" (usual {span(count.usual)})" if count.usual and count.is_unusual else ""


def letter(number: int) -> str:
    """1, 2 ... 26, 27 -> A, B ... Z, AA: how a question is called aloud, beside incidents that have figures."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def questions(briefing: Briefing) -> tuple[Question, ...]:
    """What is new to decide, in the order in which the meeting is asked. In documents before schema 3 nothing has a
    number: decisions come first there."""
    earlier = set(earlier_decisions(briefing))
    new = [one for one in briefing.decisions if one not in earlier]
    return tuple(sorted([*new, *briefing.taskings], key=lambda one: one.number))


def earlier_decisions(briefing: Briefing) -> tuple[Decision, ...]:
    """What earlier meetings were asked and did not decide."""
    return tuple(one for one in briefing.decisions if one.since and one.since < briefing.covers[0])


def question(one: Question) -> tuple[str, str]:
    """What it is about, and the question: `The Vine` and `patrol. Kent Police by Fri 23 Oct? (hate, weapon)`."""
    if isinstance(one, Decision):
        return one.headline, one.detail + _who_by_when(one)
    risk = f" ({', '.join(one.risk[:_MOST_RISKS])})" if one.risk else ""
    return one.place, f"{one.what}. {one.owner} by {short_day(one.due_on)}?{risk}"


def _who_by_when(one: Decision) -> str:
    """` · Kent Police leads, first review Mon 9 Nov` or ` · Kent Police by Mon 9 Nov`; empty before schema 3."""
    if not one.owner or one.due_on is None:
        return ""
    if one.is_group:
        return f" · {one.owner} leads, first review {short_day(one.due_on)}"
    return f" · {one.owner} by {short_day(one.due_on)}"


def grounds(one: Question) -> tuple[str, ...]:
    """The evidence for a question: that of a rule, or the parts of the harm for those who may see them."""
    return one.evidence if isinstance(one, Decision) else (one.harm or (one.why,))


def still_to_decide(briefing: Briefing) -> str:
    """`STILL TO DECIDE 3 proposals since Mon 19 Oct, 2 taskings`; empty if earlier meetings decided everything."""
    words = still_to_decide_words(briefing)
    return f"STILL TO DECIDE {words}" if words else ""


def still_to_decide_words(briefing: Briefing) -> str:
    """`3 proposals since Mon 19 Oct, 2 taskings`."""
    earlier = earlier_decisions(briefing)
    parts = []
    if earlier:
        first = min(one.since for one in earlier if one.since)
        parts.append(f"{plural(len(earlier), 'proposal')} since {short_day(first)}")
    if briefing.waiting_taskings:
        parts.append(plural(briefing.waiting_taskings, "tasking"))
    return ", ".join(parts)


def of_how_many(shown: int, incidents: int) -> str:
    """`5 of 12 incidents`."""
    return f"{shown} of {plural(incidents, 'incident')}"


def after_the_place(one: NightIncident) -> str:
    """`, Thu 22 Oct 20:15, new · weapon, immediate · 2 reports`."""
    risk = f" · {', '.join(one.risk[:_MOST_RISKS])}" if one.risk else ""
    several = f" · {one.reports} reports" if one.reports > 1 else ""
    return f", {one.when}, {'new' if one.is_new else 'updated'}{risk}{several}"


def night(one: NightIncident) -> str:
    """The whole line of an incident that matters."""
    return f"{one.label}, {one.place or NO_PLACE}{after_the_place(one)}"


def held_rows(briefing: Briefing) -> str:
    """`HELD 3 rows`."""
    return f"HELD {plural(held_total(briefing), 'row')}"


def repeats(place: HotPlace) -> str:
    """`: 4 incidents in 14 days`, which follows the name of the place."""
    return f": {place.incidents} incidents in {place.days} days"


def open_counts(taskings: OpenTaskings) -> tuple[str, str, str]:
    """`2 done`, `1 due today` and `3 overdue`."""
    return f"{taskings.done} done", f"{taskings.due_today} due today", f"{len(taskings.overdue)} overdue"


def tasking(line: TaskingLine, shorten: Shorten = whole) -> str:
    """`Sevenoaks DC: clear the tip, Manse Way`."""
    return f"{shorten(line.owner, 40)}: {shorten(line.what, 40)}, {shorten(line.place, 40)}"


def incident(line: IncidentLine, shorten: Shorten = whole) -> str:
    """`Noise, The Vine, Thu 22 Oct 20:15`."""
    return f"{shorten(line.label, 60)}, {shorten(line.place or NO_PLACE, 80)}, {shorten(line.when, 40)}"


def reports(line: IncidentLine) -> str:
    """`2 reports`, or nothing for an incident with one report."""
    return f"{line.reports} reports" if line.reports > 1 else ""


def held_total(briefing: Briefing) -> int:
    """Held rows, over all partners and reasons."""
    return sum(line.rows for line in briefing.held)


def held(line: HeldLine, shorten: Shorten = whole) -> str:
    """`Kent Police: 2 rows: the date is in the future`."""
    return f"{shorten(line.partner, 80)}: {plural(line.rows, 'row')}: {shorten(line.reason, 200)}"


def to_confirm(briefing: Briefing) -> str:
    """`TO CONFIRM 2 possible duplicates`."""
    return f"TO CONFIRM {plural(briefing.to_confirm, 'possible duplicate')}"


def to_contact(briefing: Briefing) -> str:
    """`3 people to contact (4 reports), oldest since Mon 23 Nov, 1 overdue`; `nobody to contact`."""
    counts = briefing.follow_ups
    if counts is None:  # before schema 3 people were counted for 28 days, and reports were not
        oldest = f", oldest {plural(briefing.feedback_oldest_days, 'day')}" if briefing.feedback_owed else ""
        return f"{plural(briefing.feedback_owed, 'person', 'people')} to contact{oldest}"
    return Counts(counts.people, counts.reports, counts.overdue, counts.due_today, counts.oldest_on).words


def case_review(line: CaseReviewLine) -> str:
    """`CR-1a2b3c: acknowledge the request by Fri 27 Nov, overdue`."""
    step = line.next_step[:1].lower() + line.next_step[1:]
    return f"{line.reference}: {step} by {short_day(line.due_on)}" + (", overdue" if line.is_overdue else "")


def case_reviews(briefing: Briefing) -> str:
    """`CASE REVIEWS 4, 1 overdue`; empty if there are none."""
    if not briefing.case_reviews:
        return ""
    overdue = sum(one.is_overdue for one in briefing.case_reviews)
    return f"CASE REVIEWS {len(briefing.case_reviews)}" + (f", {overdue} overdue" if overdue else "")


def ledger(briefing: Briefing) -> str:
    """`19 rows in = 11 new + 8 repeats ✓`."""
    return f"{briefing.ledger_words} {'✓' if briefing.is_balanced else '✗ DOES NOT BALANCE'}"
