"""What is restricted is not there for those who may not see it: not by name, not by count, not by difference."""

import ast
import re
import shutil
from dataclasses import replace

import pytest
import sqlalchemy as sa
from conftest import ROOT
from leaks import leaks

from tasking import delivery, meeting
from tasking.briefing.versions import stored_briefing
from tasking.delivery.buttons import decide_press, proposed_on
from tasking.delivery.messages import shown_briefing
from tasking.linkage import decisions
from tasking.linkage.decisions import Deciding
from tasking.meeting import agenda
from tasking.model.access import May
from tasking.model.briefing import Decision
from tasking.model.errors import TaskingError
from tasking.model.partnership import Person
from tasking.model.proposal import Verb
from tasking.pages.visible import groups_for
from tasking.runtime.access import load_access
from tasking.runtime.settings import Settings
from tasking.warehouse import log_list, tables, visibility

from .walk import NAMING, Reader, keys, naming, same, unknown_like
from .worlds import make_others, make_these, world_in

MOST = "everything but restricted"
ROLES = {
    name: frozenset(role.desk)
    for name, role in load_access(Settings(home=ROOT).include).roles.items()
    if May.READ in role.desk
} | {MOST: frozenset(May) - {May.RESTRICTED}}
OF_RIGHTS = {may: name for name, may in reversed(ROLES.items())}  # two roles with the same rights are shown the same


@pytest.fixture(scope="module")
def worlds(tmp_path_factory, prepared):
    made = {"these": make_these, "others": make_others}
    return {kind: world_in(prepared.folder(kind, make, tmp_path_factory.mktemp(kind))) for kind, make in made.items()}


@pytest.fixture
def these(worlds, tmp_path):
    """The world with the restricted reports, to change."""
    world = worlds["these"]
    shutil.copy(world.desk.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    return replace(world, desk=replace(world.desk, database_url=f"sqlite:///{tmp_path / 'tasking.db'}"))


def restricted_names(world) -> list[dict[str, str]]:
    """What a request can be about: each restricted thing in turn, and reports that are so by their incident alone."""
    count = max(len(world.reports), len(world.held), len(world.proposals), len(world.companions))
    some = {
        "incident": world.incidents, "report": [*world.companions, *world.reports], "held": world.held,
        "proposal": world.proposals, "tasking": world.taskings, "follow-up": world.follow_ups,
        "note": world.notes, "attachment": world.attachments, "status": world.statuses, "person": world.people,
    }  # fmt: skip
    assert all(some.values()), {kind: len(found) for kind, found in some.items()}
    rows = [{kind: found[number % len(found)] for kind, found in some.items()} for number in range(count)]
    return [row | {"reference": row["report"].partition(":")[2]} for row in rows]


def public_names(world) -> dict[str, str]:
    incident = next(
        row for row in world.desk.rows("incident_report")
        if row["left_on"] is None and row["incident_id"] not in world.incidents
    )  # fmt: skip
    proposal = next((row["proposal_id"] for row in world.desk.rows("proposal") if not row["is_restricted"]), "D-none")
    follow_up = next(one for one in meeting.follow_ups(world.desk.open().meeting, OFFICER) if one.settled_by is None)
    return {"incident": incident["incident_id"], "report": incident["report_id"], "proposal": proposal,
            "follow-up": follow_up.follow_up_id}  # fmt: skip


def test_every_route_says_what_can_be_named_in_it(worlds):
    """A new route fails here until somebody has said how it could be asked about something restricted."""
    assert keys(Reader.of(worlds["these"].desk, frozenset(May), "keeper").pages) == set(NAMING)


@pytest.mark.parametrize("role", sorted(OF_RIGHTS.values()))
def test_what_is_restricted_is_answered_as_what_is_unknown(these, role):
    reader, public = Reader.of(these.desk, ROLES[role], role), public_names(these)
    kept = ("held", "report", "incident_report", "link_decision", "step", "follow_up", "tasking", "log", "note",
            "attachment", "attachment_file", "status_step")  # fmt: skip
    before = {table: these.desk.rows(table) for table in kept}
    most = None if ROLES[role] == ROLES[MOST] else 3  # whoever may do less is asked about some of it
    for number, names in enumerate(restricted_names(these)[:most]):
        unknown = unknown_like(names, these.desk)
        for key in sorted(NAMING):
            if number and not key.startswith("GET"):  # forms take longer: make who-sees-what sends more
                continue
            asked, like = naming(key, names, public), naming(key, unknown, public)
            for one, other in zip(asked, like, strict=True):
                assert reader.answer(*one, names) == reader.answer(*other, unknown), one
    assert {table: these.desk.rows(table) for table in kept} == before


@pytest.mark.parametrize("role", sorted(OF_RIGHTS.values()))
def test_two_districts_that_differ_in_restricted_reports_alone_look_the_same(worlds, role):
    """And no page or file has a word of one."""
    these, others = (Reader.of(one.desk, ROLES[role], role).everything(one.days) for one in worlds.values())
    assert len(these) > 80
    assert set(these) == set(others)
    assert {path: text for path, text in these.items() if text != others[path]} == {}
    world = worlds["these"]
    wanted = {*world.words, *world.reports, *world.incidents, *world.held, *world.proposals, *world.taskings,
              *world.follow_ups, *world.notes, *world.attachments, *world.statuses, *world.people}  # fmt: skip
    assert leaks({path: text.encode() for path, text in these.items()}, wanted) == []


def test_whoever_may_see_them_finds_them(these):
    """What the tests above say is worth something only if the same walk meets them with the right."""
    keeper = Reader.of(these.desk, frozenset(May), "keeper")
    shown = "\n".join(keeper.everything(these.days).values())
    for names in (these.incidents, these.proposals, these.held[:1], these.follow_ups[1:]):
        assert same(names[0]) in shown
    assert keeper.send("GET", f"/incidents/{these.incidents[0]}", {}).status_code == 200
    told = keeper.send("POST", f"/incidents/{these.incidents[0]}/look", {"reason": "MARAC at ten"})
    assert these.words[0] in told.text
    assert keeper.send("POST", "/register/open", {"reason": "MARAC at ten"}).status_code == 303
    shown = "\n".join(keeper.everything(these.days).values())
    assert "MARAC-" in shown
    for name in (*these.incidents, *these.taskings, *these.follow_ups):
        assert f'/{same(name)}"' in shown or f'id="{same(name)}"' in shown
    exported = keeper.send("POST", "/register/export", {}).text
    assert all(name in exported for name in these.incidents)


@pytest.mark.parametrize("path", ["/incidents/{incident}", "/held/{held}", "/groups/{proposal}"])
def test_the_same_is_asked_of_the_database_for_what_is_restricted_and_what_is_unknown(these, path):
    """So that it can't take longer either."""
    reader = Reader.of(these.desk, ROLES["Tasking officer"], "officer")
    asked: list[str] = []
    sa.event.listen(reader.pages.opened.warehouse.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    statements = []
    restricted = restricted_names(these)[0]
    for names in (restricted, unknown_like(restricted, these.desk)):
        asked.clear()
        assert reader.send("GET", path.format(**names), {}).status_code == 404
        statements.append([re.sub(r"IN \([?, ]+\)", "IN (?)", one) for one in asked])
    assert statements[0] == statements[1]


def test_a_report_that_joins_a_restricted_one_is_gone_at_once(these):
    officer, public = Reader.of(these.desk, ROLES["Tasking officer"], "officer"), public_names(these)
    assert officer.send("GET", f"/incidents/{public['incident']}", {}).status_code == 200
    decisions.merge(these.desk.open().linkage, public["report"], these.reports[0], "keeper")
    assert officer.send("GET", f"/incidents/{public['incident']}", {}).status_code == 404
    assert public["report"].partition(":")[2] not in "\n".join(officer.everything(these.days).values())


def test_a_report_that_was_taken_out_of_a_restricted_incident_does_not_say_of_which(these):
    incident = these.incidents[0]
    keeper = Reader.of(these.desk, frozenset(May), "keeper")
    kept = [row["report_id"] for row in these.desk.rows("incident_report")
            if row["incident_id"] == incident and row["left_on"] is None]  # fmt: skip
    other = next(one for one in kept if one in these.companions)
    decisions.split(
        these.desk.open().linkage, incident, [one for one in kept if one != other], "keeper", "Zelda Quorn apart"
    )
    officer = Reader.of(these.desk, ROLES["Tasking officer"], "officer")
    found = officer.send("POST", "/search", {"q": other}).text
    shown = "\n".join(officer.everything(these.days).values())
    assert other.partition(":")[2] not in found or "/incidents/I" in found
    assert leaks({"all": shown.encode()}, {*these.reports, "Zelda Quorn"}) == []
    assert keeper.send("POST", "/search", {"q": other}).status_code == 303


# The guard itself

GUARDED = {"report", "report_person", "incident_report", "held", "link_question", "link_decision", "proposal", "tasking",
           "log"}  # fmt: skip
UNGUARDED = {"held_count": "a figure for whoever runs this, which no page shows"}


def functions(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def test_every_query_of_the_lists_is_given_who_reads():
    """A query over reports, incidents, held rows, decisions or the log that is not, would show them to everybody."""
    seen = set()
    lists = (ROOT / "src/tasking").glob("*/store/*_list.py")
    for path in (*lists, ROOT / "src/tasking/warehouse/log_list.py", ROOT / "src/tasking/warehouse/withheld.py"):
        for one in functions(path):
            reads = {node.attr for node in ast.walk(one) if isinstance(node, ast.Attribute)
                     and isinstance(node.value, ast.Name) and node.value.id == "tables"}  # fmt: skip
            uses = [node for node in ast.walk(one) if isinstance(node, ast.Name) and node.id == "visibility"]
            is_method = one.args.args and one.args.args[0].arg == "self"
            if reads & GUARDED and not is_method and one.name not in UNGUARDED:
                assert "visibility" in [argument.arg for argument in one.args.args], f"{path.name}: {one.name}"
                assert uses, f"{path.name}: {one.name} is told who reads and takes no notice"
                seen.add(one.name)
    assert len(seen) > 10


BEHIND_THE_GUARD = {  # function of the rooms below -> the module of the pages that may call it
    "tracked_proposals": {"visible"}, "proposal_of": {"visible"}, "taskings": {"visible"}, "tasking_of": {"visible"},
    "groups": {"visible"}, "case_reviews": {"visible"}, "explain_proposal": set(), "follow_ups": {"visible"},
    "held_row": {"held"}, "follow_up_of": set(),
    "reports_of": set(), "explain_incident": set(), "review_pairs": {"incident_review"}, "links": set(), "reports_as_of": set(),
}  # fmt: skip


def test_no_page_goes_round_the_guard():
    """The meeting's rooms and the steps know of no reader: pages ask them by way of pages.visible."""
    called = set()
    for path in sorted((ROOT / "src/tasking/pages").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
                continue
            if node.value.id in (
                "meeting",
                "linking",
                "decisions",
                "explain",
                "reading",
                "proposals",
                "store",
                "history",
            ):
                called.add((node.attr, path.stem))
                allowed = BEHIND_THE_GUARD.get(node.attr)
                assert allowed is None or path.stem in allowed, f"{path.name}: {node.value.id}.{node.attr}"
    assert ("tracked_proposals", "visible") in called


# What was decided

OFFICER = visibility.Visibility()


def test_a_decision_on_a_restricted_report_is_told_to_nobody_who_decides_later(these):
    opened, public = these.desk.open(), public_names(these)
    decisions.keep_apart(opened.linkage, public["report"], these.reports[0], "the keeper")
    with pytest.raises(TaskingError) as told:
        decisions.split(opened.linkage, public["incident"], ["police:none"], "officer", visibility=OFFICER)
    assert "keeper" not in str(told.value)
    with pytest.raises(TaskingError, match="the keeper decided on it"):
        decisions.split(opened.linkage, public["incident"], ["police:none"], "officer")
    deciding = Deciding(opened.linkage, 0, "officer", OFFICER)
    deciding.refuse_if_overtaken([public["report"]])  # though somebody was, whom the officer may not hear of


def test_an_incident_that_became_restricted_while_somebody_waited_is_not_there(these):
    opened, public = these.desk.open(), public_names(these)
    decisions.merge(opened.linkage, public["report"], these.reports[0], "the keeper")
    for act in (decisions.merge, decisions.keep_apart):
        with pytest.raises(TaskingError) as told:
            act(opened, public["incident"], public["incident"], "officer", visibility=OFFICER)
        assert str(told.value) == f"There is no incident {public['incident']}"


def test_the_log_keeps_a_split_of_a_restricted_incident_and_rows_given_back_to_those_who_may_see_them(these):
    opened, incident = these.desk.open(), these.incidents[0]
    kept = [row["report_id"] for row in these.desk.rows("incident_report")
            if row["incident_id"] == incident and row["left_on"] is None]  # fmt: skip
    other = next(one for one in kept if one in these.companions)
    decisions.split(opened.linkage, incident, [one for one in kept if one != other], "keeper")
    keeper = Reader.of(these.desk, frozenset(May), "keeper")
    feed = these.held[0].partition(":")[0]
    keeper.send("POST", "/held/return/csv", {"feed": feed})
    done = [row["action"] for row in these.desk.rows("log")]
    assert {"incident split", "restricted error return made"} <= set(done)
    seen = [row["action"] for row in log_list.log_entries(opened.warehouse, log_list.LogFilter(), OFFICER)]
    assert not {"incident split", "restricted error return made"} & set(seen)


# In chat, in Airflow, in the briefing

BOSS = Person(name="Chat Person", slack="U123", may=["decide", "task"])


@pytest.fixture
def since(these):
    """A desk on which what the newest briefing proposes rests on something that became restricted: (desk, day, ids)."""
    opened, day = these.desk.open(), these.days[-1]
    opened = replace(opened, partnership=opened.partnership.model_copy(update={"people": [BOSS]}))
    briefing, _ = stored_briefing(opened.briefings, day)
    taskings = [one.proposal_id for one in briefing.taskings]
    rows = {row["tasking_id"]: row for row in these.desk.rows("tasking")}
    evidence = {"incidents": [{"incident_id": rows[taskings[0]]["incident_id"], "reports": []}]}
    proposal = {"proposal_id": "D-20261022-0000abcd", "raised_on": day, "rule": "cluster", "theme": "noise",
                "subject": "The Vine", "subject_key": "k", "is_restricted": False, "evidence": evidence}  # fmt: skip
    decision = Decision(proposal_id=proposal["proposal_id"], headline="The Vine", detail="noise")
    with opened.warehouse.writing() as connection:
        connection.execute(sa.insert(tables.proposal).values(**proposal))
        content = briefing.model_copy(update={"decisions": (*briefing.decisions, decision)}).canonical()
        connection.execute(sa.update(tables.briefing).where(tables.briefing.c.day == day).values(content=content))
    return opened, day, [proposal["proposal_id"], taskings[0]]


def becomes_restricted(opened, tasking: str) -> None:
    t, i, r = tables.tasking, tables.incident_report, tables.report
    incident = sa.select(t.c.incident_id).where(t.c.tasking_id == tasking).scalar_subquery()
    reports = sa.select(i.c.report_id).where(i.c.incident_id == incident)
    with opened.warehouse.writing() as connection:
        connection.execute(sa.update(r).where(r.c.report_id.in_(reports)).values(is_restricted=True))


def test_a_press_on_what_became_restricted_is_as_on_what_is_not_known(since):
    opened, _, (proposal, tasking) = since
    pressed = {proposal: Verb.APPROVE, tasking: Verb.TAKE}
    assert [proposed_on(opened.delivery, *one) is None for one in pressed.items()] == [False, False]
    becomes_restricted(opened, tasking)
    unknown = decide_press(opened.delivery, BOSS.slack, "D-20261022-00000000", Verb.APPROVE)
    assert [decide_press(opened.delivery, BOSS.slack, *one) for one in pressed.items()] == [unknown, unknown]


def test_nobody_is_asked_in_airflow_about_what_became_restricted(since):
    opened, day, (proposal, tasking) = since
    assert proposal in delivery.waiting_for_decision(opened.delivery, day)
    assert delivery.words_of_proposal(opened.delivery, proposal)
    becomes_restricted(opened, tasking)
    assert proposal not in delivery.waiting_for_decision(opened.delivery, day)
    assert delivery.words_of_proposal(opened.delivery, proposal) is None
    told = delivery.decide_in_airflow(opened.delivery, proposal, Verb.APPROVE, "operator", "")
    assert told == f"{proposal}: this no longer needs a decision"
    assert meeting.standing_of(opened.meeting, proposal).steps == ()


def test_what_was_done_with_something_that_became_restricted_is_in_no_briefing(since):
    opened, day, (proposal, tasking) = since
    meeting.decide(opened.meeting, proposal, Verb.APPROVE, "the keeper")
    meeting.decide(opened.meeting, tasking, Verb.TAKE, "the keeper")
    assert {proposal, tasking} <= set(shown_briefing(opened.delivery, day).edition.standing)
    becomes_restricted(opened, tasking)
    assert not {proposal, tasking} & set(shown_briefing(opened.delivery, day).edition.standing)


def test_todays_page_does_not_name_a_tasking_that_became_restricted(these, since):
    opened, day, (_, tasking) = since
    officer = Reader.of(these.desk, ROLES["Tasking officer"], "officer")
    assert tasking in officer.send("GET", f"/today?day={day}", {}).text
    becomes_restricted(opened, tasking)
    assert tasking not in officer.send("GET", f"/today?day={day}", {}).text


def test_a_group_has_no_place_of_a_restricted_proposal_that_was_merged_into_it(since):
    opened, day, (proposal, tasking) = since
    lakes = {"proposal_id": "D-20261022-0000abce", "raised_on": day, "rule": "cluster", "theme": "noise",
             "subject": "Bradbourne Lakes", "subject_key": "l", "is_restricted": False, "evidence": {"incidents": []}}  # fmt: skip
    with opened.warehouse.writing() as connection:
        connection.execute(sa.insert(tables.proposal).values(**lakes))
    meeting.decide(opened.meeting, lakes["proposal_id"], Verb.APPROVE, "the keeper")
    meeting.merge(opened.meeting, proposal, lakes["proposal_id"], "the keeper")
    reader = type("Reader", (), {"visibility": OFFICER})()
    assert [one.places for one in groups_for(opened, reader)] == [("Bradbourne Lakes", "The Vine")]
    becomes_restricted(opened, tasking)
    assert [one.places for one in groups_for(opened, reader)] == [("Bradbourne Lakes",)]


def test_counts_do_not_tell_how_much_of_a_group_became_restricted(these, since):
    opened, day, (proposal, tasking) = since
    p, public = tables.proposal, public_names(these)["incident"]
    its_own = next(row["incident_id"] for row in these.desk.rows("tasking") if row["tasking_id"] == tasking)
    assert its_own != public
    evidence = {"counts": {"incidents": 57}, "incidents": [{"incident_id": one} for one in (its_own, public)]}
    with opened.warehouse.writing() as connection:
        connection.execute(sa.update(p).where(p.c.proposal_id == proposal).values(evidence=evidence))
    officer = Reader.of(these.desk, ROLES["Tasking officer"], "officer")

    def has_count() -> list[bool]:
        pages = [officer.send("GET", path, {}) for path in (f"/groups/{proposal}", "/groups")]
        assert [one.status_code for one in pages] == [200, 200]
        asked = next(one for one in agenda.agenda_for(opened.meeting, day).decisions if one.proposal_id == proposal)
        return ["57 incidents" in text for text in (*(one.text for one in pages), asked.detail)]

    assert has_count() == [True, True, True]
    becomes_restricted(opened, tasking)
    assert has_count() == [False, False, False]
