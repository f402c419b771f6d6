"""A briefing as it stands in front of people: which version, how late, what changed, who took what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from tasking.model.briefing import Briefing
from tasking.model.proposal import PAST, Standing

_LEFT: Final = "Some are no longer proposed"  # which, is not told: they may have become restricted
MOST_CHANGES: Final = 3  # versions of which a message tells what changed: the newest


@dataclass(frozen=True)
class Edition:
    """What surrounds the stored value; a renderer is given both. Times are aware.

    An older version has no `standing`: it is shown as it was, and what people did with its proposals afterwards is in
    `later`, a sentence each with its date.
    """

    version: int
    zone: ZoneInfo
    late_at: datetime | None = None  # when it was first posted, where that was after the meeting began
    changes: tuple[tuple[int, tuple[str, ...]], ...] = ()  # (version, what changed with it)
    standing: Mapping[str, Standing] = field(default_factory=dict)  # proposal_id -> what people decided
    desk_url: str | None = None
    has_buttons: bool = False
    day: date | None = None  # of the briefing: what was done on another day says on which
    later: tuple[str, ...] = ()

    @property
    def late_words(self) -> str:
        """`LATE: posted at 08:12`, or nothing."""
        return f"LATE: posted at {self.late_at.astimezone(self.zone):%H:%M}" if self.late_at else ""

    def standing_words(self, proposal_id: str) -> str:
        """`Taken by Sgt Hale 08:10; Done by Sgt Hale 14:02`: who and when, never why. Empty where nobody acted."""
        steps = self.standing.get(proposal_id, Standing()).steps
        said = [step for step in steps if step.verb in PAST]
        return "; ".join(f"{PAST[step.verb]} by {step.actor} {self._when(step.at)}" for step in said)

    def _when(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        is_of_day = self.day is None or local.date() == self.day
        return f"{local:%H:%M}" if is_of_day else f"{_short(local)} {local:%H:%M}"

    def desk(self, page: str, anchor: str = "") -> str | None:
        """The address of a page of the Tasking desk; None where there is no desk to link to."""
        if not self.desk_url:
            return None
        return f"{self.desk_url.rstrip('/')}/{page}" + (f"#{anchor}" if anchor else "")


def later_steps(briefing: Briefing, standing: Mapping[str, Standing], zone: ZoneInfo) -> tuple[str, ...]:
    """What people did with the proposals of a briefing, in the order in which they did: `Fri 23 Oct 08:10: Taken by
    Sgt Hale: Kent Police, patrol, The Vine`. Never why."""
    named = {one.proposal_id: one.headline for one in briefing.decisions}
    named |= {one.proposal_id: f"{one.owner}, {one.what}, {one.place}" for one in briefing.taskings}
    done = [step for one in named if one in standing for step in standing[one].steps if step.verb in PAST]
    told = []
    for step in sorted(done, key=lambda step: (step.at, step.subject_id)):
        local = step.at.astimezone(zone)
        when = f"{_short(local)} {local:%H:%M}"
        told.append(f"{when}: {PAST[step.verb]} by {step.actor}: {named[step.subject_id]}")
    return tuple(told)


def changes(old: Briefing, new: Briefing) -> tuple[str, ...]:
    """What a reader of the older version needs to hear, in sentences."""
    told: list[str] = []
    before = {feed.partner: feed for feed in old.feeds}
    for feed in new.feeds:
        was = before.get(feed.partner)
        if was is None or (was.state, was.rows_in) == (feed.state, feed.rows_in):
            continue
        rows = f"{feed.rows_in} row{'' if feed.rows_in == 1 else 's'}, {feed.new} new"
        told.append(f"{feed.partner}: was {was.state}, is {feed.state} ({rows})")
    if old.incidents != new.incidents:
        told.append(f"Incidents: {old.incidents} → {new.incidents}")
    was_counted = {count.label: count.incidents for count in old.categories}
    now_counted = {count.label: count.incidents for count in new.categories}
    moved = [
        f"{label} {was_counted.get(label, 0)} → {now_counted.get(label, 0)}"
        for label in sorted(was_counted.keys() | now_counted.keys())
        if was_counted.get(label, 0) != now_counted.get(label, 0)
    ]
    if moved:
        told.append("; ".join(moved))
    named: list[tuple[str, set[str], set[str]]] = [
        ("To decide", {d.headline for d in old.decisions}, {d.headline for d in new.decisions}),
        ("Taskings proposed", _taskings(old), _taskings(new)),
        ("Repeats", {p.place for p in old.hot_places}, {p.place for p in new.hot_places}),
    ]
    told += [f"{heading}, new: {', '.join(sorted(now - was))}" for heading, was, now in named if now - was]
    if any(was - now for _, was, now in named):
        told.append(_LEFT)
    held = sum(line.rows for line in old.held), sum(line.rows for line in new.held)
    if held[0] != held[1]:
        told.append(f"Held rows: {held[0]} → {held[1]}")
    if old.to_confirm != new.to_confirm:
        told.append(f"Possible duplicates to confirm: {old.to_confirm} → {new.to_confirm}")
    return tuple(told) or ("Details in the lines below; no figure above.",)


def _taskings(briefing: Briefing) -> set[str]:
    return {f"{one.owner}: {one.what}, {one.place}" for one in briefing.taskings}


def _short(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
