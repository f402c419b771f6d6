"""Taskings and incidents as CSV, and the command line of taskings: public ones alone, each once."""

import csv
import datetime as dt
import io
import shutil
from dataclasses import replace

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from tasking import delivery, meeting
from tasking.cli import app, export, shell, taskings
from tasking.meeting import public_taskings
from tasking.model.proposal import Verb
from tasking.model.recipient import Recipient
from tasking.warehouse import tables

from .conftest import COUNCIL, TODAY, WARDENS


@pytest.fixture
def fortnight(faulty, tmp_path):
    """The fortnight with faults, with what its briefings proposed."""
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    return replace(faulty, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", others={}).open()


@pytest.fixture
def call(monkeypatch):
    """call(services, *arguments): the output of a command."""
    monkeypatch.setattr(shell.output, "width", 250)

    def of(opened, *arguments: str) -> str:
        for module in (export, taskings):
            monkeypatch.setattr(module, "open_services", lambda: opened)
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == 0, result.output
        return result.output

    return of


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def restrict(opened, incident_id: str) -> None:
    """Makes the reports of an incident restricted."""
    with opened.warehouse.writing() as connection:
        connection.execute(sa.text(
            "UPDATE report SET is_restricted = 1 WHERE report_id IN "
            "(SELECT report_id FROM incident_report WHERE incident_id = :one)"), {"one": incident_id})  # fmt: skip


def test_a_tasking_is_one_row_with_what_became_of_it(district, call):
    done = district.given(owner="Town wardens; Sgt Hale", due_on=dt.date(2026, 11, 18))
    desk = district.on(dt.date(2026, 11, 18), "08:30").meeting
    meeting.carry(desk, done, "Sgt Hale", dt.date(2026, 11, 25))
    meeting.decide(desk, done, Verb.DONE, "PC Moss", "=HYPERLINK(1)")
    lapsed = district.proposed(dt.date(2026, 11, 9))
    from tasking.meeting.system_steps import take_system_steps

    take_system_steps(district.on(dt.date(2026, 11, 16)).meeting, dt.date(2026, 11, 16))
    found = {row["tasking_id"]: row for row in rows(call(district.on(TODAY), "export", "taskings"))}
    assert list(found) == [lapsed, done]
    row = found[done]
    assert (row["owners"], row["status"], row["times_carried"]) == ("Town wardens; Sgt Hale", "done", "1")
    assert (row["decided_by"], row["decided_at"]) == ("Sgt Hale", "2026-11-17T08:20:00+00:00")
    assert (row["done_at"], row["result"]) == ("2026-11-18T08:30:00+00:00", "on the desk")
    assert (found[lapsed]["status"], found[lapsed]["lapsed_on"]) == ("lapsed", "2026-11-16")
    assert (found[lapsed]["decided_by"], found[lapsed]["decided_at"]) == ("", "")
    only = rows(call(district.on(TODAY), "export", "taskings", "--from", "2026-11-10", "--to", "2026-11-17"))
    assert [row["tasking_id"] for row in only] == [done]


def test_an_export_has_nothing_that_was_typed(district, call):
    typed = district.given(
        what="see Mrs Tolhurst", place="12 Acacia Avenue", owner="Town wardens; Mrs Tolhurst 07700900123", due_on=TODAY
    )
    meeting.decide(district.open().meeting, typed, Verb.DONE, "Sgt Hale", "Mrs Tolhurst is content")
    text = call(district.open(), "export", "taskings")
    assert not [one for one in ("Tolhurst", "Acacia", "07700900123") if one in text]
    (row,) = rows(text)
    assert (row["what"], row["place"], row["owners"], row["result"]) == (
        "on the desk", "", "Town wardens; owner on the desk", "on the desk"
    )  # fmt: skip


def test_restricted_taskings_and_incidents_are_in_no_export(fortnight, call):
    before = rows(call(fortnight, "export", "taskings"))
    (gone, *_) = [row for row in before if row["incident_id"]]
    restrict(fortnight, gone["incident_id"])
    after = rows(call(fortnight, "export", "taskings"))
    assert {row["tasking_id"] for row in before} - {row["tasking_id"] for row in after} >= {gone["tasking_id"]}
    assert gone["incident_id"] not in {row["incident_id"] for row in after}
    incidents = rows(call(fortnight, "export", "incidents"))
    with fortnight.warehouse.reading() as connection:
        restricted = set(connection.execute(sa.text(
            "SELECT i.incident_id FROM incident_report i JOIN report r ON r.report_id = i.report_id "
            "WHERE i.left_on IS NULL AND r.superseded_on IS NULL AND r.is_restricted")).scalars())  # fmt: skip
        everything = set(connection.execute(sa.text(
            "SELECT incident_id FROM incident_report WHERE left_on IS NULL")).scalars())  # fmt: skip
    assert restricted
    assert {row["incident_id"] for row in incidents} == everything - restricted
    assert len(incidents) == len(everything - restricted)


def test_a_tasking_of_an_incident_that_was_merged_has_the_number_of_the_other(fortnight, call):
    proposed = next(one for one in rows(call(fortnight, "export", "taskings")) if one["incident_id"])
    with fortnight.warehouse.writing() as connection:
        old = {"incident_id": "I261001-0000000a"}
        of_incident = sa.text("SELECT report_id FROM incident_report WHERE incident_id = :one AND left_on IS NULL")
        for report in connection.execute(of_incident, {"one": proposed["incident_id"]}).scalars().all():
            connection.execute(sa.insert(tables.incident_name).values(report_id=report, **old))
        t = tables.tasking
        connection.execute(t.update().where(t.c.tasking_id == proposed["tasking_id"]).values(**old))
    exported = {row["tasking_id"]: row["incident_id"] for row in rows(call(fortnight, "export", "taskings"))}
    assert exported[proposed["tasking_id"]] == proposed["incident_id"]
    named = {row["incident_id"]: row["tasking_ids"] for row in rows(call(fortnight, "export", "incidents"))}
    assert proposed["tasking_id"] in named[proposed["incident_id"]]


def test_a_tasking_of_an_incident_that_becomes_restricted_leaves_the_message_and_the_link(fortnight):
    from tasking.meeting.answers import LinkRefused, answer_token, question_of

    proposed = next(one for one in meeting.taskings(fortnight.meeting, is_all=True) if one.incident_id)
    recipient = Recipient(name=proposed.owner, contact="owner@example.org")
    partnership = fortnight.partnership.model_copy(update={"recipients": [recipient]})
    opened = replace(fortnight, partnership=partnership)
    meeting.decide(opened.meeting, proposed.tasking_id, Verb.TAKE, "Sgt Hale")
    one = meeting.tasking_of(opened.meeting, proposed.tasking_id)
    token = answer_token(opened.meeting, one, recipient, meeting.today(opened.meeting))
    assert question_of(opened.meeting, token).tasking == one
    assert one in public_taskings(opened.meeting)
    restrict(opened, proposed.incident_id)
    assert one not in public_taskings(opened.meeting)
    assert delivery.tell_owners(opened.delivery, [one.tasking_id]) == ()
    with pytest.raises(LinkRefused, match="You no longer need to answer"):
        question_of(opened.meeting, token)


def test_an_incident_says_when_where_by_whom_and_what_its_taskings_are(fortnight, call):
    found = {row["incident_id"]: row for row in rows(call(fortnight, "export", "incidents"))}
    tasked = [row for row in found.values() if row["tasking_ids"]]
    assert tasked
    by_id = {row["tasking_id"]: row for row in rows(call(fortnight, "export", "taskings"))}
    for row in tasked:
        newest = by_id[row["tasking_ids"].split("; ")[-1]]
        assert row["tasking_status"] == newest["status"]
        assert row["first_day"] <= row["last_day"]
    several = max(found.values(), key=lambda row: int(row["reports"]))
    assert int(several["reports"]) > 1
    listed = {one.incident_id: one for one in _listed(fortnight)}
    for incident_id, one in listed.items():
        row = found[incident_id]
        assert (int(row["reports"]), row["category"], row["ward"]) == (one.reports, one.category, one.ward or "")
        assert row["partners"].split("; ")[0] == fortnight.partners[one.feeds[0]]
    first = rows(call(fortnight, "export", "incidents", "--from", "2026-10-22", "--to", "2026-10-22"))
    assert first
    assert {row["first_day"] for row in first} == {"2026-10-22"}


def _listed(opened):
    from tasking.linkage.incident_filter import IncidentFilter
    from tasking.warehouse.visibility import PUBLIC_VISIBILITY

    return opened.linkage.incidents(IncidentFilter(), PUBLIC_VISIBILITY, None, 10_000)


def test_every_tasking_of_a_public_incident_is_named_by_one_though_linking_has_renamed_it(fortnight, call):
    """A merge ends the name of an incident, and its tasking has that name."""
    from tasking.linkage import decisions

    named = [row for row in rows(call(fortnight, "export", "incidents")) if row["tasking_ids"]]
    first, second = (row["incident_id"] for row in named[:2])
    decisions.merge(fortnight.linkage, first, second, "Sgt Hale")
    after = rows(call(fortnight, "export", "incidents"))
    ids = {one for row in after for one in row["tasking_ids"].split("; ") if one}
    assert {one for row in named[:2] for one in row["tasking_ids"].split("; ")} <= ids
    assert len({row["incident_id"] for row in after} & {first, second}) == 1


def test_the_lists_of_the_command_line(district, call):
    late = district.taken(dt.date(2026, 11, 16), 1)
    open_ = district.taken(dt.date(2026, 11, 18), 2, owner=COUNCIL.name, due_on=dt.date(2026, 11, 27))
    proposed = district.proposed(dt.date(2026, 11, 18), 3)
    opened = district.on(TODAY)
    expected = {
        (): {late, open_}, ("--show", "overdue"): {late}, ("--show", "proposed"): {proposed}, ("--show", "lapsed"): set(),
        ("--owner", COUNCIL.name): {open_}, ("--show", "mine", "--owner", WARDENS.name): {late},
        ("--all",): {late, open_, proposed},
    }  # fmt: skip
    for arguments, ids in expected.items():
        listed = call(opened, "taskings", "list", *arguments)
        assert {one for one in (late, open_, proposed) if one in listed} == ids, arguments


def test_taskings_are_sent_and_assigned_to_several_from_a_shell(district, call):
    tasking_id = district.taken(dt.date(2026, 11, 18))
    opened = district.on(TODAY)
    assert "Town wardens: message posted" in call(opened, "taskings", "send", "--day", str(TODAY))
    told = call(opened, "taskings", "assign", tasking_id, "--owner", WARDENS.name, "--owner", "Sgt Hale")
    assert "Sgt Hale: message posted" in told
    assert meeting.tasking_of(opened.meeting, tasking_id).owners == (WARDENS.name, "Sgt Hale")
    assert "is not today" in call(opened, "taskings", "send", "--day", "2026-11-18")
    assert "Town wardens: message posted" in call(opened, "taskings", "send", "--day", "2026-11-20", "--old-day")
