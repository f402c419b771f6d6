"""What people do on the desk, and what becomes of it."""

import csv
import datetime as dt
import io
import re

import openpyxl
import pytest
import sqlalchemy as sa
from made_desks import link_again

from tasking import meeting
from tasking.model.proposal import BY_THE_RULES
from tasking.pages import May

from .conftest import LAST, OFFICER

KEEPER = frozenset(May)


def open_rows(desk) -> list[dict]:
    return [row for row in desk.rows("held") if row["state"] == "held"]


def one_held(desk, reason: str, **having) -> dict:
    rows = [row for row in open_rows(desk) if reason in row["reason"]]
    rows = [row for row in rows if all(bool(row[name]) == value for name, value in having.items())]
    assert rows, (reason, sorted({row["reason"] for row in open_rows(desk)}))
    return rows[0]


def test_a_held_row_is_put_right_and_the_briefing_made_again(copied, pages):
    row = one_held(copied, "no reference")
    keeper = pages(KEEPER)
    page = keeper.post(f"/held/{row['held_id']}/look", {"reason": "to mend it"}).text
    column = copied.open().feeds[row["feed"]].fields.source_ref
    assert f"{column} <strong" in page  # marked
    answer = keeper.post(
        f"/held/{row['held_id']}/correct", {f"cell:{column}": "AB12345" if row["feed"] != "police" else "46/1/26"}
    )
    assert "Taken." in keeper.said(answer)
    assert keeper.started == [("briefing", dt.date.fromisoformat(str(row["day"])), "officer")]
    assert row["held_id"] not in {one["held_id"] for one in open_rows(copied)}
    ledger = copied.ledger()[str(row["day"]), row["feed"]]
    assert ledger["rows_in"] == sum(
        ledger[name] for name in ("new_reports", "repeats", "revisions", "held", "out_of_area")
    )


def test_a_row_that_is_still_wrong_comes_back_with_what_was_typed(copied, pages):
    row = one_held(copied, "not a date", is_restricted=False)
    column = copied.open().feeds[row["feed"]].fields.received_at.columns[0]
    officer = pages()
    answer = officer.post(f"/held/{row['held_id']}/correct", {f"cell:{column}": "the day before"})
    assert answer.status_code == 200
    assert 'value="the day before"' in answer.text
    assert "should be" in answer.text
    assert officer.started == []


def test_a_reference_typed_into_a_held_row_tells_nothing_of_a_restricted_report(copied, pages):
    row = next(row for row in open_rows(copied)
               if row["feed"] == "police" and "not a date" in row["reason"] and not row["is_restricted"])  # fmt: skip
    restricted = next(one for one in copied.rows("report") if one["feed"] == "police" and one["sensitivity"])
    day = dt.date.fromisoformat(str(row["day"]))
    typed = {"cell:IncidentNo": restricted["source_ref"], "cell:CreatedDT": f"{day:%d/%m/%Y} 05:10"}
    officer = pages()
    told = officer.post(f"/held/{row['held_id']}/correct", typed)
    assert "another report has that reference" in told.text
    assert "received" not in re.search(r'<p class="said[^>]*>(.*?)</p>', told.text)[1]
    assert officer.log()[-1]["action"] == "held row not taken"


def test_rows_of_one_reason_are_rejected_in_bulk_with_a_reason(copied, pages):
    officer = pages(KEEPER)
    by_reason: dict[tuple, list[str]] = {}
    for row in open_rows(copied):
        by_reason.setdefault((row["feed"], row["reason"]), []).append(row["held_id"])
    ids = max(by_reason.values(), key=len)
    assert len(ids) > 1
    assert "say why" in officer.said(officer.post("/held", {"what": "reject", "row": ids}))
    assert "rejected" in officer.said(officer.post("/held", {"what": "reject", "row": ids, "reason": "a test export"}))
    states = {row["held_id"]: row["state"] for row in copied.rows("held")}
    assert {states[one] for one in ids} == {"rejected"}
    assert sum(one["action"] == "held row rejected" and one["note"] == "a test export" for one in officer.log()) == len(
        ids
    )
    mixed = [some[0] for some in by_reason.values() if some[0] not in ids][:2]
    assert "different reasons" in officer.said(officer.post("/held", {"what": "reject", "row": mixed, "reason": "x y"}))


def test_rows_that_a_check_leaves_to_people_are_released_in_bulk(copied, pages):
    one = one_held(copied, "", can_be_released=True, is_restricted=False)
    ids = [
        row["held_id"] for row in open_rows(copied)
        if (row["feed"], row["reason"]) == (one["feed"], one["reason"]) and not row["is_restricted"]
    ]  # fmt: skip
    officer = pages()
    assert f"{len(ids)} released" in officer.said(officer.post("/held", {"what": "release", "row": ids}))
    stuck = one_held(copied, "no reference")["held_id"]
    said = pages(KEEPER)
    assert "can only be corrected" in said.said(said.post("/held", {"what": "release", "row": [stuck]}))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_error_return_has_the_partners_own_columns_and_row_numbers(copied, pages, form):
    officer = pages()
    feed = one_held(copied, "not a date", is_restricted=False)["feed"]
    rows = [row for row in open_rows(copied) if row["feed"] == feed and not row["is_restricted"]]
    answer = officer.post(f"/held/return/{form}", {"feed": feed})
    assert answer.status_code == 200
    assert f'filename="{feed}-to-mend.{form}"' in answer.headers["content-disposition"]
    columns = copied.open().feeds[feed].fields.columns
    if form == "csv":
        told = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        told = [[cell.value for cell in row] for row in sheet.iter_rows()]
        marked = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.fill.fill_type == "solid"]
        assert marked
        assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert told[0] == ["File", "Row", "What to mend", "Cells", *columns]
    assert sorted(str(line[1]) for line in told[1:]) == sorted(str(row["row_number"]) for row in rows)
    assert officer.log()[-1]["action"] == "error return made"


def test_a_cell_that_a_spreadsheet_would_run_is_inert(copied, pages):
    import json

    import sqlalchemy as sa

    row = one_held(copied, "not a date", is_restricted=False)
    sent = json.loads(row["row_as_sent"])
    column = copied.open().feeds[row["feed"]].fields.text
    sent[column] = '=HYPERLINK("http://x")'
    with copied.open().warehouse.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE held SET row_as_sent = :sent WHERE held_id = :id"),
            {"sent": json.dumps(sent), "id": row["held_id"]},
        )
    answer = pages().post("/held/return/csv", {"feed": row["feed"]})
    assert "'=HYPERLINK" in answer.content.decode("utf-8-sig")


def test_restricted_rows_are_for_those_who_may_and_every_look_has_a_reason(copied, pages):
    row = one_held(copied, "", is_restricted=True)
    officer = pages()
    assert officer.get(f"/held/{row['held_id']}").status_code == 404
    for verb in ("release", "correct", "reject"):
        assert officer.post(f"/held/{row['held_id']}/{verb}", {"reason": "because"}).status_code == 404
    assert officer.post("/held", {"what": "reject", "row": [row["held_id"]], "reason": "because"}).status_code == 404
    keeper = pages(KEEPER, name="keeper")
    assert "Why you look" in keeper.get(f"/held/{row['held_id']}").text
    assert keeper.post(f"/held/{row['held_id']}/look", {"reason": "MARAC at ten"}).status_code == 200
    entry = keeper.log()[-1]
    assert (entry["actor"], entry["action"], entry["note"]) == (
        "keeper",
        "restricted held row looked at",
        "MARAC at ten",
    )


def shared_incident(desk) -> tuple[str, list[str]]:
    restricted = {row["report_id"] for row in desk.rows("report") if row["is_restricted"]}
    members: dict[str, list[str]] = {}
    for row in desk.rows("incident_report"):
        if row["left_on"] is None:
            members.setdefault(row["incident_id"], []).append(row["report_id"])
    return next((one, some) for one, some in sorted(members.items()) if len(some) > 2 and not restricted & set(some))


def test_a_split_lasts_through_every_rerun(copied, pages):
    incident, reports = shared_incident(copied)
    officer = pages()
    assert "choose the reports" in officer.said(officer.post(f"/incidents/{incident}/split"))
    answer = officer.post(f"/incidents/{incident}/split", {"report": reports[-1:], "note": "another bike"})
    assert "Split." in officer.said(answer)
    link_again(copied.open(), dt.date(2026, 10, 19))
    now = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if row["left_on"] is None}
    assert now[reports[-1]] != now[reports[0]]
    assert len({now[one] for one in reports[:-1]}) == 1

    said = officer.said(officer.post(f"/incidents/{now[reports[0]]}/merge", {"other": reports[-1]}))
    assert "One incident now." in said
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
    assert "One incident." in officer.said(answer)
    now = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if row["left_on"] is None}
    assert now[fields["report_a"]] == now[fields["report_b"]]


def changed(desk, statement: str, **values) -> None:
    engine = sa.create_engine(desk.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement), values)
    engine.dispose()


@pytest.mark.parametrize(("is_same", "said"), [("true", "They stay one incident"), ("false", "Parted.")])
def test_a_report_in_doubt_is_shown_with_its_whole_incident_and_stays_or_goes(copied, pages, is_same, said):
    incident, reports = shared_incident(copied)
    changed(copied, "DELETE FROM link_question")
    changed(copied, "INSERT INTO link_question (asked_on, report_a, report_b, place_in_line, score, is_restricted, evidence, "
                    "kind) VALUES (:day, :a, :b, 1, 0.4, 0, '[]', 'part')", day=LAST.isoformat(), a=reports[-1],
            b=reports[0])  # fmt: skip
    officer = pages()
    page = officer.get("/incidents/confirm").text
    assert re.search(rf"in one incident today, <a[^>]*>{incident}</a>\. Are they one incident\?", page)
    assert all(one.partition(":")[2] in page for one in reports)
    assert "One incident: keep them together" in page
    assert "Not the same: part them" in page
    fields = dict(re.findall(r'name="(report_[ab]|kind)" value="([^"]+)"', page))
    assert fields == {"report_a": reports[-1], "report_b": reports[0], "kind": "part"}
    assert said in officer.said(officer.post("/incidents/confirm", fields | {"is_same": is_same}))
    now = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if row["left_on"] is None}
    assert (now[reports[-1]] == now[reports[0]]) is (is_same == "true")
    decided = copied.rows("link_decision")
    assert [(row["report_a"], row["report_b"]) for row in decided] == [(reports[-1], reports[0])]


def test_a_tasking_goes_through_its_life(copied, pages):
    copied.now = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
    officer = pages(name="hale")
    said = officer.said(
        officer.post("/taskings", {"what": "close the gap in the fence", "owner": "hale", "due_on": "2026-11-03"})
    )
    assert "Added" in said
    tasking = copied.rows("tasking")[-1]["tasking_id"]
    assert "Mine (1)" in officer.get("/taskings?show=mine").text
    assert "Assigned: Kent Police." in officer.said(
        officer.post(f"/taskings/{tasking}/assign", {"owner": "Kent Police"})
    )
    assert "Kent Police" in officer.get("/taskings").text
    assert "Mine (0)" in officer.get("/taskings").text
    assert "say until when" in officer.said(officer.post(f"/taskings/{tasking}/carry"))
    assert "Carried over." in officer.said(officer.post(f"/taskings/{tasking}/carry", {"due_on": "2026-11-05"}))
    assert "say why" in officer.said(officer.post(f"/taskings/{tasking}/drop"))
    assert "Done." in officer.said(officer.post(f"/taskings/{tasking}/done", {"reason": "fence mended"}))
    assert "Done already, by hale" in officer.said(officer.post(f"/taskings/{tasking}/take"))
    assert "fence mended" in officer.get("/taskings?show=done").text


def test_a_proposal_becomes_a_group_and_is_closed_with_an_assessment(copied, pages):
    proposal = next(row["proposal_id"] for row in copied.rows("proposal") if row["rule"] == "cluster")
    officer = pages()
    start = {"lead": "Sgt Hale", "objective": "no fires", "partner": ["Kent Police", "Residents"]}
    assert "Started." in officer.said(officer.post(f"/groups/{proposal}/do/start", start))
    assert "Sgt Hale" in officer.get("/groups").text
    assert "Reviewed." in officer.said(officer.post(f"/groups/{proposal}/do/review", {"note": "two visits made"}))
    assert "assessment" in officer.said(officer.post(f"/groups/{proposal}/do/close", {"assessment": "done"}))
    closed = officer.post(f"/groups/{proposal}/do/close", {"assessment": "patrols and a fence, quiet since"})
    assert "Closed." in officer.said(closed)
    assert "quiet since" in officer.get(f"/groups/{proposal}").text


NEW_GROUP = {
    "name": "Operation Lantern", "theme": "disorder", "place": ["the vine", "knole park", ""], "lead": "Sgt Hale",
    "objective": "no damage over half term", "ends_on": "2026-11-20",
}  # fmt: skip


def test_an_operation_is_started_by_hand_and_its_places_change(pages):
    officer = pages()
    answer = officer.post("/groups/new", NEW_GROUP)
    address = answer.headers["location"]
    assert officer.said(answer) == "Started."
    shown = officer.get(address).text
    for words in ("Operation Lantern", "The Vine; Knole Park", "until Fri 20 Nov 2026", "Started by hand"):
        assert words in shown
    assert "Operation Lantern: The Vine; Knole Park" in officer.get("/groups").text
    assert officer.said(officer.post(f"{address}/do/add-place", {"place": "greatness rec"})) == "Place added."
    assert officer.said(officer.post(f"{address}/do/remove-place", {"place": "The Vine"})) == "Place removed."
    assert "Knole Park; Greatness Recreation Ground" in officer.get(address).text


def test_a_place_that_is_not_in_the_gazetteer_is_refused(pages, copied):
    officer = pages()
    before = copied.rows("proposal")
    said = officer.said(officer.post("/groups/new", NEW_GROUP | {"place": ["behind the shed"]}))
    assert "there is no place “behind the shed” in the gazetteer" in said
    assert copied.rows("proposal") == before


def test_closed_and_rejected_ones_stay_findable_by_place(copied, pages):
    officer = pages()
    address = officer.post("/groups/new", NEW_GROUP).headers["location"]
    officer.post(f"{address}/do/close", {"assessment": "patrols twice a week, no damage"})
    repeat = next(row for row in copied.rows("proposal") if row["rule"] == "near_repeat")
    officer.post(f"/groups/{repeat['proposal_id']}/reject", {"reason": "one round"})
    everything = officer.get("/groups/past").text
    assert "The Vine; Knole Park" in everything
    assert repeat["subject"] in everything
    by_place = officer.get("/groups/past?place=knole").text
    assert "1 result" in by_place
    assert repeat["subject"] not in by_place
    assert "Nothing fits this search" in officer.get("/groups/past?place=knole&status=rejected").text


def test_a_case_review_is_accepted_acknowledged_and_decided(copied, pages):
    case = next(
        row for row in copied.rows("proposal")
        if row["rule"] == "case_review" and not row["is_restricted"]
        and '"is_warning": false' in row["evidence"]
    )["proposal_id"]  # fmt: skip
    officer = pages()
    assert case in officer.get("/case-reviews").text
    steps = f"/case-reviews/{case}"
    assert "Approved" in officer.said(officer.post(f"{steps}/accept"))
    assert "Mark as acknowledged" in officer.get("/case-reviews").text
    assert officer.said(officer.post(f"{steps}/acknowledge")) == "Acknowledged."
    assert "say why" in officer.said(officer.post(f"{steps}/decide"))
    assert officer.said(officer.post(f"{steps}/decide", {"reason": "a review on 23 November"})) == "Closed."
    assert case not in officer.get("/case-reviews").text
    assert pages({May.READ}, "viewer").post(f"{steps}/accept").status_code == 403


def test_the_first_word_on_a_proposal_counts(copied, pages):
    proposal = next(row["proposal_id"] for row in copied.rows("proposal") if row["rule"] == "near_repeat")
    first, second = pages(name="hale"), pages(name="marsh")
    assert "say why" in first.said(first.post(f"/groups/{proposal}/reject"))
    assert "Rejected." in first.said(first.post(f"/groups/{proposal}/reject", {"reason": "one round"}))
    assert "Rejected already, by hale" in second.said(second.post(f"/groups/{proposal}/approve"))


def test_restricted_proposals_are_for_those_who_may(copied, pages):
    proposal = next(row["proposal_id"] for row in copied.rows("proposal") if row["is_restricted"])
    officer = pages()
    assert proposal not in officer.get("/groups").text
    assert officer.get(f"/groups/{proposal}").status_code == 404
    assert officer.post(f"/groups/{proposal}/approve").status_code == 404
    keeper = pages(KEEPER, name="keeper")
    assert proposal in keeper.get("/groups").text
    assert keeper.post(f"/groups/{proposal}/look", {"reason": "MARAC"}).status_code == 200
    assert (keeper.log()[-1]["actor"], keeper.log()[-1]["note"]) == ("keeper", "MARAC")


def test_other_numbers_are_tried_and_change_nothing(copied, pages):
    officer = pages()
    before = len(copied.rows("proposal"))
    answer = officer.post("/rules", {"n:cluster.incidents": "3"})
    assert answer.status_code == 200
    assert "cluster.incidents = 3" in answer.text
    assert "New (" in answer.text
    assert len(copied.rows("proposal")) == before
    assert "must be a number" in officer.said(officer.post("/rules", {"n:cluster.incidents": "many"}))


def test_a_file_that_came_by_another_way_is_taken(copied, pages):
    day = LAST + dt.timedelta(days=1)
    content = copied.path("residents", "2026-10-27").read_bytes()
    officer = pages()
    sent = {"file": ("C:\\Users\\x\\late.csv", content, "text/csv")}
    assert "residents" not in {row["feed"] for row in copied.rows("feed_day") if str(row["day"]) == str(day)}
    said = officer.said(officer.post("/feeds/residents/bring", {"day": str(day)}, files=sent))
    assert "not taken" in said  # the bytes of another day
    fresh = {"file": ("late.csv", content.replace(b"CSU-2026-", b"CSU-2027-"), "text/csv")}
    assert "rows" in officer.said(officer.post("/feeds/residents/bring", {"day": str(day)}, files=fresh))
    entry = officer.log()[-1]
    assert (entry["action"], entry["subject"]) == ("file brought by hand", f"residents {day}")
    broken = {"file": ("x.csv", b"hello", "text/csv")}
    assert "not taken" in officer.said(officer.post("/feeds/council/bring", {"day": str(day)}, files=broken))


def test_a_feed_is_asked_again(pages):
    officer = pages()
    assert "police is asked" in officer.said(officer.post("/feeds/police/ask", {"day": "2026-11-02"}))
    assert officer.started == [("police", LAST, "officer")]
    assert officer.post("/feeds/nobody/ask", {"day": "2026-11-02"}).status_code == 404


def test_the_log_is_filtered_and_exported_and_that_is_logged(copied, pages):
    from tasking.intake import quarantine

    rows = open_rows(copied)[:3]
    quarantine.reject(copied.open().intake, [row["held_id"] for row in rows], "not ours", "hale")
    officer = pages()
    shown = officer.get("/log?actor=hale").text
    assert shown.count("held row rejected</td>") == 3
    exported = officer.post("/log/export", {"actor": "hale"})
    assert len(list(csv.reader(io.StringIO(exported.text)))) == 4
    assert officer.log()[-1]["action"] == "log exported"
    assert pages(OFFICER - {May.LOG}).get("/log").status_code == 403


def test_a_form_on_a_page_that_answered_a_form_leads_back_to_a_page(copied, pages):
    incident, _ = shared_incident(copied)
    officer = pages(KEEPER)
    for answered in (f"incidents/{incident}/look", "incidents/search"):
        sent = officer.post(f"/incidents/{incident}/split", headers={"Referer": f"https://desk.example/{answered}"})
        assert officer.get(sent.headers["location"]).status_code == 200


def test_what_is_said_after_a_form_goes_by_tls_alone_where_the_form_did(copied, pages):
    keeper = pages(KEEPER)
    form = {"what": "reject", "row": [open_rows(copied)[0]["held_id"]]}
    kept = keeper.post("/held", form).headers["set-cookie"]
    assert kept.startswith("tasking_said=")
    assert kept.endswith("; Secure")
    keeper.client.base_url = "http://localhost:8080"
    assert "Secure" not in keeper.post("/held", form).headers["set-cookie"]


# Who does what by when; and taken back.


def field_of(html: str, name: str) -> str:
    """The value that the first field of this name shows."""
    return re.search(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', html)[1]


def waiting_for(copied, rule: str) -> str:
    known = meeting.tracked_proposals(copied.open().meeting)
    return next(one.proposal.proposal_id for one in known
                if one.proposal.rule == rule and one.standing.status == "proposed" and not one.proposal.is_restricted)  # fmt: skip


def test_the_form_is_filled_in_with_who_is_declared_and_makes_the_tasking(copied, pages):
    proposal, officer = waiting_for(copied, "near_repeat"), pages()
    shown = officer.get(f"/groups/{proposal}").text
    assert field_of(shown, "owner") == "Kent Police, crime prevention"
    assert f'action="/groups/{proposal}/approve"' in officer.get("/groups").text
    given = {"owner": "Sgt Hale", "others": ["West Kent Homes"], "due_on": "2026-11-30", "reason": "as on Monday"}
    said = officer.said(officer.post(f"/groups/{proposal}/approve", given))
    assert said == "Approved: Sgt Hale and West Kent Homes, by Mon 30 Nov."
    after = officer.get(f"/groups/{proposal}").text
    assert "Sgt Hale and West Kent Homes, by Mon 30 Nov" in after
    assert "Sgt Hale and West Kent Homes, due Mon 30 Nov: open" in after
    assert "Sgt Hale, with West Kent Homes · due Mon 30 Nov" in officer.get("/taskings").text


def test_a_plain_click_approves_as_declared(copied, pages):
    proposal, officer = waiting_for(copied, "near_repeat"), pages()
    said = officer.said(officer.post(f"/groups/{proposal}/approve"))
    assert said.startswith("Approved: Kent Police, crime prevention, by ")


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [("owner", "", "Enter who does it"), ("due_on", "", "Enter a date"), ("due_on", "soon", "Enter a date, such as"),
     ("due_on", "2026-01-01", "The date must be today or later"),
     ("due_on", "9999-12-31", "The date must be today or later"), ("objective", " ", "Enter the objective of the group")],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(copied, pages, name, typed, words):
    proposal, officer = waiting_for(copied, "cluster"), pages()
    given = {"owner": "Sgt <Hale>", "others": ["West Kent Homes"], "due_on": "2099-11-30", "objective": "no fires",
             "reason": "a note"} | {name: typed}  # fmt: skip
    answer = officer.post(f"/groups/{proposal}/approve", given)
    assert "There is a problem" in answer.text
    key = proposal.rpartition("-")[2]
    assert re.search(rf'<a href="#{name}-{key}">{words}', answer.text)
    assert f'id="{name}-{key}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "<title>Error: " in answer.text
    for kept, value in {"owner": "Sgt &lt;Hale&gt;", "objective": "no fires", "reason": "a note"}.items():
        assert kept == name or field_of(answer.text, kept) == value
    assert re.search(r'value="West Kent Homes" checked', answer.text)
    assert copied.rows("step") == [row for row in copied.rows("step") if row["verb"] in BY_THE_RULES]


def shown_number(pages, path: str) -> dict[str, str]:
    """The number of the decision that the form to undo names."""
    return {"number": re.search(r'name="number" value="(\d+)"', pages.get(path).text)[1]}


def test_a_decision_is_undone_on_its_day_and_corrected_with_a_reason_later(copied, pages):
    proposal, officer = waiting_for(copied, "near_repeat"), pages()
    officer.post(f"/groups/{proposal}/approve")
    assert "<button>Undo</button>" in officer.get(f"/groups/{proposal}").text
    other = pages(name="marsh")
    assert other.said(other.post(f"/groups/{proposal}/undo", shown_number(other, f"/groups/{proposal}"))) == (
        "Undone: approved by officer on Mon 2 Nov at 07:00. It is proposed again."
    )
    shown = officer.get(f"/groups/{proposal}").text
    assert "(undone by marsh at" in shown
    assert "withdrawn" in shown
    officer.post(f"/groups/{proposal}/approve")
    copied.now += dt.timedelta(days=1)
    later = pages(name="hale")
    assert "Why it is corrected" in later.get(f"/groups/{proposal}").text
    number = shown_number(later, f"/groups/{proposal}")
    assert "a correction needs a reason" in later.said(later.post(f"/groups/{proposal}/undo", number))
    corrected = later.post(f"/groups/{proposal}/undo", number | {"reason": "the wrong street"})
    assert later.said(corrected).endswith("It is proposed again.")


def test_a_proposed_tasking_is_approved_rejected_and_undone(copied, pages):
    officer = pages()
    found = [one for one in meeting.taskings(copied.open().meeting, is_all=True) if one.status == "proposed"]
    first, second = (one.tasking_id for one in found[-2:])
    wrong = officer.post(f"/taskings/{first}/approve", {"owner": "", "due_on": "2099-01-01", "reason": "kept"})
    assert "Enter who does it" in wrong.text
    assert field_of(wrong.text, "reason") == "kept"
    assert "Approved: SDC, by" in officer.said(officer.post(f"/taskings/{first}/approve", {"owner": "SDC"}))
    assert "Undone" in officer.said(officer.post(f"/taskings/{first}/undo", {"number": "1"}))
    assert "is undone already, by officer" in officer.said(officer.post(f"/taskings/{first}/undo", {"number": "1"}))
    assert "say why" in officer.said(officer.post(f"/taskings/{second}/reject"))
    assert "Rejected." in officer.said(officer.post(f"/taskings/{second}/reject", {"reason": "in hand"}))


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
    officer.post(f"/incidents/{before[one]}/merge", {"other": other.partition(":")[2]})
    merged = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if not row["left_on"]}
    assert merged[one] == merged[other]
    assert "Undo the newest decision" in officer.get(f"/incidents/{merged[one]}").text
    assert "Undone: the decision of officer" in officer.said(officer.post(f"/incidents/{merged[one]}/undo"))
    after = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if not row["left_on"]}
    assert after == before
    assert "(undone)" in officer.get(f"/incidents/{after[one]}").text
