"""What changed between two versions of a briefing, and what people did with the proposals of one after it was made."""

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from tasking.briefing import phrases
from tasking.briefing.message import plural, short_day
from tasking.model.briefing import Briefing
from tasking.model.proposal import PAST, Standing

# Which ones is left out on purpose: they may have become restricted.
_NO_LONGER_PROPOSED: Final = "Some are no longer proposed"


def changes(old: Briefing, new: Briefing) -> tuple[str, ...]:
    """What a reader of the older version needs to know, in sentences."""
    sentences = [
        *_feed_changes(old, new),
        *_figure_change("Incidents", old.incidents, new.incidents),
        *_category_changes(old, new),
        *_proposal_changes(old, new),
        *_figure_change("Held rows", phrases.held_total(old), phrases.held_total(new)),
        *_figure_change("Possible duplicates to confirm", old.to_confirm, new.to_confirm),
    ]
    return tuple(sentences) or ("Details in the lines below; no figure above.",)


def later_steps(briefing: Briefing, standing: Mapping[str, Standing], zone: ZoneInfo) -> tuple[str, ...]:
    """What people did with the proposals of a briefing, oldest first, but never why.

    `Fri 23 Oct 08:10: Taken by Sgt Hale: Kent Police, patrol, The Vine`.
    """
    names = {one.proposal_id: one.headline for one in briefing.decisions}
    names |= {one.proposal_id: f"{one.owner}, {one.what}, {one.place}" for one in briefing.taskings}
    steps = [step for name in names if name in standing for step in standing[name].steps if step.verb in PAST]
    sentences = []
    for step in sorted(steps, key=lambda step: (step.at, step.subject_id)):
        local = step.at.astimezone(zone)
        when = f"{short_day(local)} {local:%H:%M}"
        sentences.append(f"{when}: {PAST[step.verb]} by {step.actor}: {names[step.subject_id]}")
    return tuple(sentences)


def _feed_changes(old: Briefing, new: Briefing) -> list[str]:
    old_feeds = {feed.partner: feed for feed in old.feeds}
    sentences = []
    for feed in new.feeds:
        before = old_feeds.get(feed.partner)
        if before is not None and (before.state, before.rows_in) != (feed.state, feed.rows_in):
            rows = f"{plural(feed.rows_in, 'row')}, {feed.new} new"
            sentences.append(f"{feed.partner}: was {before.state}, is {feed.state} ({rows})")
    return sentences


def _figure_change(heading: str, old: int, new: int) -> list[str]:
    return [] if old == new else [f"{heading}: {old} → {new}"]


def _category_changes(old: Briefing, new: Briefing) -> list[str]:
    """The categories whose incidents changed, in one sentence."""
    old_counts = {count.label: count.incidents for count in old.categories}
    new_counts = {count.label: count.incidents for count in new.categories}
    changed = [
        f"{label} {old_counts.get(label, 0)} → {new_counts.get(label, 0)}"
        for label in sorted(old_counts.keys() | new_counts.keys())
        if old_counts.get(label, 0) != new_counts.get(label, 0)
    ]
    return ["; ".join(changed)] if changed else []


def _proposal_changes(old: Briefing, new: Briefing) -> list[str]:
    """What is newly proposed or newly a repeat location, by name; and whether anything is no longer."""
    pairs = [
        (heading, named(old), named(new))
        for heading, named in (
            ("To decide", lambda briefing: {one.headline for one in briefing.decisions}),
            ("Taskings proposed", lambda briefing: set(map(phrases.tasking, briefing.taskings))),
            ("Repeats", lambda briefing: {place.place for place in briefing.hot_places}),
        )
    ]
    sentences = [f"{heading}, new: {', '.join(sorted(now - before))}" for heading, before, now in pairs if now - before]
    return [*sentences, *([_NO_LONGER_PROPOSED] if any(before - now for _, before, now in pairs) else [])]
