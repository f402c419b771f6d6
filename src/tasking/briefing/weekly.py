"""The weekly alert as a message: one part for each subject, shortened before it is rendered."""

from collections.abc import Sequence
from typing import Final

from tasking.briefing.digest import SUMMARY_LIMIT
from tasking.briefing.message import Digest, Part, Tone, bold, cut, line, plural, short_day, within
from tasking.model.weekly import Weekly

_ROOM: Final = {"reviews": 380, "stalled": 330, "waiting": 380, "never": 200, "groups": 620, "feeds": 260}


def weekly_digest(weekly: Weekly, desk_url: str | None) -> Digest:
    """The message of a week, for any channel."""
    page = f"{desk_url.rstrip('/')}/groups" if desk_url else None

    def part(key: str, head: str, lines: Sequence[str], nothing: str = "", tone: Tone = Tone.PLAIN) -> list[Part]:
        if not lines and not nothing:
            return []
        if not lines:
            return [Part(key, (line(bold(f"{head} (0)"), f" {nothing}"),))]
        shown = [line(bold(f"{head} ({len(lines)})")), *(line(cut(one, 240), is_item=True) for one in lines)]
        return [Part(key, within(shown, _ROOM[key], page), tone)]

    day = short_day(weekly.day)
    parts = [
        *part("reviews", "REVIEWS DUE", weekly.reviews, "No groups to review this week."),
        *part("stalled", "STALLED", weekly.stalled, tone=Tone.ALERT if weekly.stalled else Tone.PLAIN),
        *part("waiting", "PROPOSALS TO DECIDE", weekly.waiting, "No decisions needed."),
        *part("never", "CASE REVIEWS TO OFFER", weekly.never_raised),
        *part("groups", "GROUPS, before and after", weekly.groups, "No active groups."),
        *part("feeds", "FEEDS MISSING", weekly.feeds, "Every partner sent something every day."),
        Part("taskings", (line(bold("TASKINGS"), f" {cut(weekly.taskings, 160)}"),)),
    ]
    if weekly.precision:
        precision = cut(" · ".join(weekly.precision), 170)
        parts.append(Part("precision", (line(bold("APPROVED OF WHAT EACH RULE PROPOSED"), f" {precision}"),)))
    title = cut(f"Task-and-finish week {weekly.week[6:]} · {day}", 100)
    summary = (
        f"{title}. {plural(len(weekly.reviews), 'review')} due, {len(weekly.stalled)} stalled, "
        f"{plural(len(weekly.waiting), 'proposal')} to decide, {plural(len(weekly.groups), 'active group')}."
    )
    strapline = cut(f"{weekly.marking} · {weekly.partnership}", 150)
    return Digest(title, strapline, cut(summary, SUMMARY_LIMIT), tuple(parts), (weekly.restricted,), ())
