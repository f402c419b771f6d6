"""The same district with and without restricted reports, to compare what people are shown of it.

Three worlds have the same public reports. Beside them one has some restricted reports, one has as many others (of other
people, at other places, of other kinds and hours, under other references), one has none. A few of the restricted reports
are in an incident with a report that is restricted by that alone, and people have acted on all of it.
"""

import datetime as dt
import importlib.util
import io
import json
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from conftest import GOLD, TestDesk, home_for, settle
from PIL import Image

from tasking import casefile, flows, meeting
from tasking.briefing import meeting_papers
from tasking.intake import polling
from tasking.linkage import decisions
from tasking.meeting import sessions
from tasking.model.casefile import IncidentState
from tasking.model.proposal import Verb
from tasking.warehouse.audit_log import Entry, log
from tasking.warehouse.visibility import FULL_VISIBILITY

FIRST = dt.date(2026, 10, 21)
SECRETS, DAYS = 12, 2  # of the two worlds that tests compare
KINDS = ("these", "others", "none")
_TOGETHER_EVERY = 5  # of the restricted reports, each fifth is in an incident with one that is not
_HELD_EVERY = 4  # and each fourth of the police's is held
_FLAGS = ("domestic_abuse", "safeguarding", "cse", "modern_slavery", "prevent", "mental_health")


@dataclass
class World:
    """A desk after some days. The lists name what is restricted, in the order in which the other world has its own."""

    desk: TestDesk
    days: list[dt.date]
    reports: list[str] = field(default_factory=list)  # feed:reference
    companions: list[str] = field(default_factory=list)  # restricted by their incident alone
    incidents: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    proposals: list[str] = field(default_factory=list)
    taskings: list[str] = field(default_factory=list)
    follow_ups: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)  # keyed pseudonyms
    words: list[str] = field(default_factory=list)  # names, places, references: what nobody else may read


def world_in(folder: Path) -> World:
    """The one that `make_these` or `make_others` left in a folder."""
    lists = json.loads((folder / "world.json").read_text())
    days = [dt.date.fromisoformat(day) for day in lists.pop("days")]
    return World(_desk_in(folder, days), days, **lists)


def make_these(folder: Path) -> None:
    _keep(make_world(folder, "these", SECRETS, DAYS), folder)


def make_others(folder: Path) -> None:
    _keep(make_world(folder, "others", SECRETS, DAYS), folder)


def _keep(world: World, folder: Path) -> None:
    lists = {one.name: getattr(world, one.name) for one in fields(world) if one.name != "desk"}
    (folder / "world.json").write_text(json.dumps(lists, default=str))


def _desk_in(folder: Path, days: list[dt.date]) -> TestDesk:
    now = dt.datetime.combine(days[-1], dt.time(8), dt.UTC)
    return TestDesk(folder / "home", folder / "drops", f"sqlite:///{folder / 'tasking.db'}", now=now)


def make_world(folder: Path, kind: str, secrets: int, days: int) -> World:
    """One of KINDS, run day by day and acted on."""
    gold = _gold()
    rows = [json.loads(line) for line in (GOLD / "dev.jsonl").read_text().splitlines()]
    dates = [FIRST + dt.timedelta(days=number) for number in range(days)]
    public = [row for row in rows if row["sensitive"] == "none"]
    batches = {
        (feed, day): [gold.FEEDS[feed][0](row) for row in public
                      if row["feed"] == feed and gold.delivery_day(gold.wall(row["received"])) == day]
        for feed in gold.FEEDS for day in dates
    }  # fmt: skip
    for (feed, day), records in batches.items():  # so that every feed lands whatever else is in it
        if not records:
            row = next(row for row in public if row["feed"] == feed)
            received = f"{day - dt.timedelta(days=1)}T12:00"
            records.append(gold.FEEDS[feed][0](row | {"received": received, "occurred": None, "seq": 8000 + day.day}))
    first = batches["police", dates[0]][0][0]
    for day in dates:  # held for everybody to see: of no day, and under a reference that was another event's
        batches["police", day].append(_held(gold, public[0], day, 1, "31/02/2026 10:15"))
    batches["police", dates[-1]].append(_held(gold, public[0], dates[-1], 0, first))
    home_for(folder / "home")
    desk = _desk_in(folder, dates)
    world = World(desk, dates)
    companions: list[tuple[str, str]] = []
    for number, row in enumerate(_secret_rows(rows, kind, secrets, dates)):
        batch = batches[row["feed"], row["delivery"]]
        record = gold.FEEDS[row["feed"]][0](row)
        name = f"{row['feed']}:{gold.reference(row)}"
        said = (gold.reference(row), row["place"], *(row["reporter"] or {}).values())
        world.words += [one for one in said if one and not one.isdecimal()]  # a number of four digits is in any drawing
        if row["feed"] == "police" and row["seq"] % _HELD_EVERY == 0:
            record[1] = "31/02/2026 10:15"
        else:
            world.reports.append(name)
        batch.append(record)
        if number % _TOGETHER_EVERY == 0 and name in world.reports:
            other = _companion(row, number, kind)
            batches[other["feed"], row["delivery"]].append(gold.FEEDS[other["feed"]][0](other))
            companions.append((name, f"{other['feed']}:{gold.reference(other)}"))
    world.companions = [other for _, other in companions]
    # Under the reference of a restricted report, and without what made it so.
    for name in [name for name in world.reports if name.startswith("police:")][:1]:
        batches["police", dates[-1]].append(_held(gold, public[0], dates[-1], 0, name.partition(":")[2]))
    for (feed, day), records in batches.items():
        path = desk.drops / feed / gold.FEEDS[feed][2].format(day=day)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gold.FEEDS[feed][1](records))
        settle(path)
    opened = desk.open()
    for day in dates:
        polling.receive_all(opened.intake, day)
        flows.link(opened, day)
        arrived = {row["report_id"] for row in desk.rows("report")}
        for name, other in companions:
            if {name, other} <= arrived:
                decisions.merge(opened.linkage, name, other, "keeper", f"one matter: {name}")
        companions = [pair for pair in companions if not arrived.issuperset(pair)]
        flows.trigger(opened, day)
        flows.brief(opened, day)
    _act(world, opened)
    opened.warehouse.engine.dispose()
    return world


def _held(gold, row: dict, day: dt.date, cell: int, value: str) -> list:
    """A police record with one cell as it can't be taken."""
    like = row | {"feed": "police", "kind": "NUISANCE", "urgency": "GRADE 3", "received": f"{day}T05:00"}
    record = gold.police_record(like | {"seq": 7000 + day.day})
    record[cell] = value
    return record


def _gold():
    spec = importlib.util.spec_from_file_location("gold_export", GOLD / "export.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _secret_rows(rows: list[dict], kind: str, count: int, dates: list[dt.date]) -> list[dict]:
    if kind == "none":
        return []
    sensitive = sorted((row for row in rows if row["sensitive"] != "none"), key=lambda row: (row["feed"], row["seq"]))
    places = [row for row in rows if row["received"] > "2026-10-29" and row["place"]]
    made = []
    for number, row in enumerate(sensitive[number * len(sensitive) // count] for number in range(count)):
        is_other = kind == "others"
        day, there = dates[number % len(dates)], places[(7 * number) % len(places)] if is_other else row
        hour, who = ((number * 5) % 9, "Orla Pentreath") if is_other else (9 + number % 9, "Zelda Quorn")
        same_feed = [one["kind"].partition(" / ")[0] for one in sensitive if one["feed"] == row["feed"]]
        received = dt.datetime.combine(day - dt.timedelta(days=1), dt.time(7 + hour % 12, 3 * number % 60))
        made.append(row | {
            "delivery": day,
            "seq": (6001 if is_other else 3001) + 7 * number,
            "received": received.isoformat(timespec="minutes"),
            "occurred": None,
            "occurred_to": None,
            "kind": same_feed[(same_feed.index(row["kind"].partition(" / ")[0]) + is_other) % len(same_feed)],
            "place": f"{number} {'Larch' if is_other else 'Quill'} House, {there['place'] or 'Sevenoaks'}",
            "postcode": there["postcode"],
            "lat": there["lat"],
            "lon": there["lon"],
            "text": f"{who} {'upset' if is_other else 'afraid'} {number}: {_WORDS[(number + 11 * is_other) % 26]} "
                    f"{_WORDS[(3 * number + is_other) % 26]} about matter {number * (31 if is_other else 17)}."
                    + " DASH high." * (_FLAGS[(number + is_other) % len(_FLAGS)] == "domestic_abuse"),
            "reporter": {"name": f"{who}-{_WORDS[number % 26]}", "phone": f"01632 96{(1 + is_other) * 1000 + number}"},
            "about": {"name": "Ivo Marchbanks" if is_other else "Nell Tredinnick", "dob": "1951-04-02"}
            if row["feed"] == "police" else None,
            "vulnerable": True,
            "anonymous": False,
            "sensitive": _FLAGS[(number + is_other) % len(_FLAGS)],
        })  # fmt: skip
    return made


_WORDS = [
    "amber", "birch", "cedar", "dusk", "ember", "fjord", "glade", "harbour", "inlet", "juniper", "kestrel", "lagoon",
    "meadow", "nettle", "orchard", "pebble", "quarry", "ridge", "spruce", "thicket", "upland", "valley", "willow",
    "xenon", "yarrow", "zephyr",
]  # fmt: skip


def _companion(row: dict, number: int, kind: str) -> dict:
    """A report that is not restricted and that somebody says tells of the same."""
    return row | {
        "feed": "residents", "sensitive": "none", "kind": "Noisy neighbours", "vulnerable": False,
        "seq": row["seq"] + 1, "text": f"Noise again, {_WORDS[(5 * number) % 26]} {kind} {number}.",
        "reporter": {"name": f"Wilf {_WORDS[(number + 2) % 26]} {kind}", "phone": f"01632 96{4000 + number}"},
        "about": None,
    }  # fmt: skip


def _act(world: World, desk) -> None:
    """What people do with the restricted ones: keep apart, look, take on, decide, tell."""
    public = sorted(
        row["report_id"] for row in world.desk.rows("report")
        if not row["is_restricted"] and row["report_id"] not in world.companions
    )  # fmt: skip
    now = {row["report_id"]: row["incident_id"] for row in world.desk.rows("incident_report") if row["left_on"] is None}
    world.incidents = [now[name] for name in (*world.reports, *world.companions)]
    strangers = {report for report, incident in now.items() if incident in world.incidents}
    assert strangers == {*world.reports, *world.companions}, "a public report was linked with a restricted one"
    if world.reports:
        decisions.keep_apart(desk.linkage, world.reports[-1], public[0], "keeper", f"not {world.reports[-1]}")
        log(desk.warehouse, Entry("keeper", "restricted incident looked at", world.incidents[0], "MARAC"), desk.clock())
        world.taskings = [
            meeting.add_tasking(
                desk.meeting, "keeper", f"see {place}", "keeper", "", world.days[-1], world.incidents[0]
            )
            for place in world.words[1:2]
        ]
        owed = [one for one in meeting.follow_ups(desk.meeting, FULL_VISIBILITY) if one.is_restricted]
        meeting.cancel_follow_up(desk.meeting, owed[0], "keeper", f"{world.words[1]} is looked after")
        world.follow_ups = [one.follow_up_id for one in owed]
        _add(world, desk)
    world.held = [row["held_id"] for row in world.desk.rows("held") if row["is_restricted"] or _is_again(world, row)]
    world.proposals = [row["proposal_id"] for row in world.desk.rows("proposal") if row["is_restricted"]]
    for proposal in world.proposals[:1]:
        meeting.decide(desk.meeting, proposal, Verb.APPROVE, "keeper")
    _meet(world, desk)


def _meet(world: World, desk) -> None:
    """The first day's meeting, finished with minutes, and the last day's, which still sits."""
    for day in (world.days[0], world.days[-1]):
        at = dt.datetime.combine(day, dt.time(8), dt.UTC)
        opened = replace(desk, clock=lambda at=at: at)
        sessions.start_meeting(opened.meeting, "chair", ["Sgt Hale"], ["Ama Obi"])
        item = meeting_papers.items_on(opened.briefings, day)[0]
        sessions.add_note(opened.meeting, day, "chair", item.key, "the gate is mended")
        if day != world.days[-1]:
            meeting_papers.finish(opened.briefings, day, "chair")


def _add(world: World, desk) -> None:
    """A note, a photo and a status for two of the restricted incidents."""
    for report, incident in zip(world.reports[:2], world.incidents[:2], strict=True):
        rows = desk.linkage.reports_side_by_side(incident, FULL_VISIBILITY)
        note = casefile.add_note(desk.casefile, report, f"{world.words[1]} rang again", "keeper", is_restricted=True)
        photo = casefile.add(desk.casefile, report, _picture(), f"{world.words[1]} hurt", "keeper", is_restricted=True)
        step = casefile.set_status(desk.casefile, incident, rows, "keeper", IncidentState.CLOSED, "resolved",
                                   reason=f"{world.words[1]} is safe")  # fmt: skip
        world.notes.append(note.note_id)
        world.attachments.append(photo.attachment_id)
        world.statuses.append(step.step_id)
    keys = {row["report_id"]: row["caller_key"] for row in world.desk.rows("report")}
    world.people = [keys[report] for report in world.reports if keys[report]]


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "steelblue").save(out, format="PNG")
    return out.getvalue()


def _is_again(world: World, row: dict) -> bool:
    return f"{row['feed']}:{row['source_ref']}" in world.reports
