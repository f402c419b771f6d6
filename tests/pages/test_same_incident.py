"""People decide which reports are one incident: split, merged, kept apart, asked, and undone."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from made_desks import link_again

from .conftest import KEEPER, LAST
from .on_the_desk import CHECKED, shared_incident


def changed(desk, statement: str, **values) -> None:
    engine = sa.create_engine(desk.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement), values)
    engine.dispose()


def test_a_split_lasts_through_every_rerun(copied, pages):
    incident, reports = shared_incident(copied)
    officer = pages()
    assert "Choose the reports" in officer.said(officer.post(f"/incidents/{incident}/split"))
    answer = officer.post(f"/incidents/{incident}/split", {"report": reports[-1:], "note": "another bike"} | CHECKED)
    assert "Incident split" in officer.said(answer)
    link_again(copied.open(), dt.date(2026, 10, 19))
    now = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if row["left_on"] is None}
    assert now[reports[-1]] != now[reports[0]]
    assert len({now[one] for one in reports[:-1]}) == 1

    said = officer.said(officer.post(f"/incidents/{now[reports[0]]}/merge", {"other": reports[-1]} | CHECKED))
    assert "Incidents merged" in said
    again = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if row["left_on"] is None}
    assert again[reports[-1]] == again[reports[0]]


def test_two_incidents_are_kept_apart_for_good(copied, pages):
    incident, reports = shared_incident(copied)
    other = next(row["incident_id"] for row in copied.rows("incident_report") if row["report_id"] not in reports)
    officer = pages(KEEPER)
    assert "Kept apart" in officer.said(officer.post(f"/incidents/{incident}/never", {"other": other}))
    decided = copied.rows("link_decision")
    assert decided
    assert not any(row["is_same"] for row in decided)
    assert "no such incident" in officer.said(officer.post(f"/incidents/{incident}/never", {"other": "I-nothing"}))


def test_possible_duplicates_are_answered_one_after_the_other(copied, pages):
    changed(copied, "UPDATE link_question SET kind = 'merge'")
    officer = pages()
    page = officer.get("/incidents/confirm").text
    fields = dict(re.findall(r'name="(report_[ab]|kind)" value="([^"]+)"', page))
    answer = officer.post("/incidents/confirm", fields | {"is_same": "true"})
    assert "Merged." in officer.said(answer)
    now = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if row["left_on"] is None}
    assert now[fields["report_a"]] == now[fields["report_b"]]


@pytest.mark.parametrize(("is_same", "said"), [("true", "They stay one incident"), ("false", "Split.")])
def test_a_report_in_doubt_is_shown_with_its_whole_incident_and_stays_or_goes(copied, pages, is_same, said):
    incident, reports = shared_incident(copied)
    changed(copied, "DELETE FROM link_question")
    changed(copied, "INSERT INTO link_question (asked_on, report_a, report_b, place_in_line, score, is_restricted, evidence, "
                    "kind) VALUES (:day, :a, :b, 1, 0.4, 0, '[]', 'part')", day=LAST.isoformat(), a=reports[-1],
            b=reports[0])  # fmt: skip
    officer = pages()
    page = officer.get("/incidents/confirm").text
    assert re.search(rf"in one incident today, <a[^>]*>{incident}</a>\. Are they the same incident\?", page)
    assert all(one.partition(":")[2] in page for one in reports)
    assert "Same incident: keep together" in page
    assert "Different: split them" in page
    fields = dict(re.findall(r'name="(report_[ab]|kind)" value="([^"]+)"', page))
    assert fields == {"report_a": reports[-1], "report_b": reports[0], "kind": "part"}
    assert said in officer.said(officer.post("/incidents/confirm", fields | {"is_same": is_same}))
    now = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if row["left_on"] is None}
    assert (now[reports[-1]] == now[reports[0]]) is (is_same == "true")
    decided = copied.rows("link_decision")
    assert [(row["report_a"], row["report_b"]) for row in decided] == [(reports[-1], reports[0])]


def test_the_answer_to_a_question_is_undone_and_the_question_asked_again(copied, pages):
    officer = pages()
    asked = officer.get("/incidents/confirm").text
    pair = {name: re.search(rf'name="{name}" value="([^"]+)"', asked)[1] for name in ("report_a", "report_b", "kind")}
    officer.post("/incidents/confirm", pair | {"is_same": "false"})
    answered = officer.get("/incidents/confirm").text
    assert "Your newest decision" in answered
    assert "Your newest decision" not in pages(name="marsh").get("/incidents/confirm").text
    assert "Undone" in officer.said(officer.post("/incidents/confirm/undo", {"report": pair["report_a"]}))
    again = officer.get("/incidents/confirm").text
    assert f'name="report_a" value="{pair["report_a"]}"' in again
    assert "Your newest decision" not in again


def test_a_merge_of_incidents_is_undone_from_its_page(copied, pages):
    officer, question = pages(), None
    for row in copied.rows("link_question"):
        restricted = {one["report_id"] for one in copied.rows("report") if one["is_restricted"]}
        if row["kind"] == "merge" and not {row["report_a"], row["report_b"]} & restricted:
            question = row
    before = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if not row["left_on"]}
    one, other = question["report_a"], question["report_b"]
    officer.post(f"/incidents/{before[one]}/merge", {"other": other.partition(":")[2]} | CHECKED)
    merged = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if not row["left_on"]}
    assert merged[one] == merged[other]
    assert "Undo the newest decision" in officer.get(f"/incidents/{merged[one]}").text
    assert "Undone: the decision of officer" in officer.said(officer.post(f"/incidents/{merged[one]}/undo"))
    after = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if not row["left_on"]}
    assert after == before
    assert "(undone)" in officer.get(f"/incidents/{after[one]}").text
