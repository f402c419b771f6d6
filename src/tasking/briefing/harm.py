"""How much harm an incident does or threatens: the points of include/harm.yml, part by part."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from tasking.briefing.message import short_day
from tasking.config.harm import Harm, Part, Repeated


class HarmPart(NamedTuple):
    """One part of an incident's points. `in_chat` is empty where the channel is not to read it."""

    points: int
    words: str
    in_chat: str


@dataclass(frozen=True)
class IncidentHarm:
    """What an incident comes to. `act_by`: the first day from the meeting's on that a report names for something to
    come; `label`: what it is called where its category does not say; `reports`: copies of one row count once;
    `points_before`: what it came to before the reports of the covered days."""

    parts: tuple[HarmPart, ...]
    points_before: int = 0
    reports: int = 1
    is_new: bool = True
    is_restricted: bool = False
    act_by: date | None = None
    label: str = ""
    place: str | None = None
    category: str = ""

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)

    @property
    def risk(self) -> tuple[str, ...]:
        """What may be said of it in chat, the heaviest first."""
        return tuple(dict.fromkeys(part.in_chat for part in self.parts if part.in_chat))

    @property
    def why(self) -> tuple[str, ...]:
        """Each part with its points, for the desk, the heaviest first."""
        return tuple(f"{part.words} ({part.points:+d})" for part in self.parts)


class Surroundings(NamedTuple):
    """What is known beside the reports of an incident: incidents at its place, and others of the same person."""

    at_place: int = 0
    of_person: int = 0


def harm_by_incident(
    declared: Harm, rows: Iterable[Mapping[str, Any]], day: date, first_day: date, around: Mapping[str, Surroundings]
) -> dict[str, IncidentHarm]:
    """Incident -> its harm on `day`. `rows`: of harm.sql; `first_day`: the first of the covered
    days."""
    of_incident: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        of_incident[row["incident_id"]].append(row)
    found = {}
    for incident, some in of_incident.items():
        near = around.get(incident, Surroundings())
        harm = _harm_of(declared, some, day, first_day, near)
        earlier = [row for row in some if row["first_day"] < first_day]
        before = _harm_of(declared, earlier, day, first_day, near).points if earlier else 0
        found[incident] = replace(harm, points_before=before)
    return found


def _harm_of(
    declared: Harm, rows: Sequence[Mapping[str, Any]], day: date, first_day: date, around: Surroundings
) -> IncidentHarm:
    said = dict.fromkeys(name for row in rows for name in (row["harm"] or "").split() if name in declared.signs)
    act_by = min((row["act_by"] for row in rows if row["act_by"] and row["act_by"] >= day), default=None)
    kind = max((declared.kind_of(row["category"], row["asb_kind"]) for row in rows), key=lambda part: part.points)
    found: list[Part | None] = [
        kind,
        declared.grade_of([row["priority_text"] for row in rows if row["priority_text"]]),
        declared.vulnerable if any(row["is_vulnerable"] for row in rows) else None,
        *(declared.signs[name] for name in said),
        _repeated(declared.repeat_person, around.of_person, incidents="incident"),
        _repeated(declared.repeat_place, around.at_place, incidents="incident"),
        _repeated(declared.partners, len({row["feed"] for row in rows}) - 1, partners="partner"),
        _deadline(declared, act_by, day),
        declared.old if _days_since(rows, day) > declared.old.days else None,
    ]
    first = rows[0]
    return IncidentHarm(
        parts=_each_once([HarmPart(one.points, one.words, one.in_chat) for one in found if one is not None]),
        reports=len({row["copy_key"] or row["report_id"] for row in rows}),
        is_new=min(row["first_day"] for row in rows) >= first_day,
        is_restricted=any(row["is_restricted"] for row in rows),
        act_by=act_by,
        label=declared.label_of(first["category"], said),
        place=next((row["place_name"] for row in rows if row["place_name"]), None),
        category=first["category"],
    )


def _each_once(parts: Sequence[HarmPart]) -> tuple[HarmPart, ...]:
    """The parts, the heaviest first; of those that say the same in chat, the heaviest only."""
    kept: dict[tuple[str, str], HarmPart] = {}
    for part in sorted(parts, key=lambda part: -part.points):
        kept.setdefault((part.in_chat, "" if part.in_chat else part.words), part)
    return tuple(part for part in kept.values() if part.points)


def _repeated(declared: Repeated, count: int, **nouns: str) -> Part | None:
    """The part for what was there `count` times. `nouns`: name in the words -> a noun, in the number of the count."""
    if count <= 0:
        return None
    named: dict[str, str | int] = {name: noun + "s" * (count != 1) for name, noun in nouns.items()} | {"count": count}
    return Part(
        points=min(declared.points * count, declared.at_most),
        words=declared.words.format(**named),
        in_chat=declared.in_chat.format(**named),
    )


def _deadline(declared: Harm, act_by: date | None, day: date) -> Part | None:
    if act_by is None or (act_by - day).days > declared.deadline.days:
        return None
    words = {"day": short_day(act_by)}
    return Part(
        points=declared.deadline.points,
        words=declared.deadline.words.format(**words),
        in_chat=declared.deadline.in_chat.format(**words),
    )


def _days_since(rows: Sequence[Mapping[str, Any]], day: date) -> int:
    """Days since it last happened, by the reports."""
    latest: datetime = max(row["occurred_from"] or row["received_at"] for row in rows)
    return (day - latest.date()).days
