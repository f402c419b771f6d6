"""Proposals and groups on the desk: approved with who does what by when, rejected, started by hand, undone."""

import datetime as dt
import re

import pytest

from tasking.model.proposal import BY_THE_RULES
from tasking.pages import May

from .conftest import KEEPER
from .on_the_desk import field_of, waiting_for

NEW_GROUP = {
    "name": "Operation Lantern", "theme": "disorder", "place": ["the vine", "knole park", ""], "lead": "Sgt Hale",
    "objective": "no damage over half term", "ends_on": "2026-11-20",
}  # fmt: skip


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


def test_an_operation_is_started_by_hand_and_its_places_change(pages):
    officer = pages()
    answer = officer.post("/groups/new", NEW_GROUP)
    address = answer.headers["location"]
    assert officer.said(answer) == "Started."
    shown = officer.get(address).text
    for words in ("Operation Lantern", "The Vine; Knole Park", "until 20 November 2026", "Started by hand"):
        assert words in shown
    assert "Operation Lantern: The Vine; Knole Park" in officer.get("/groups").text
    assert officer.said(officer.post(f"{address}/do/add-place", {"place": "greatness rec"})) == "Place added."
    assert officer.said(officer.post(f"{address}/do/remove-place", {"place": "The Vine"})) == "Place removed."
    assert "Knole Park; Greatness Recreation Ground" in officer.get(address).text


def test_a_place_that_is_not_in_the_gazetteer_is_refused(pages, copied):
    officer = pages()
    before = copied.rows("proposal")
    said = officer.said(officer.post("/groups/new", NEW_GROUP | {"place": ["behind the shed"]}))
    assert "There is no place “behind the shed”" in said
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
    by_place = officer.get("/groups/past?place=Knole+Park").text
    assert "1 result" in by_place
    assert repeat["subject"] not in re.sub(r"<select.*?</select>", "", by_place)
    assert "Nothing fits these filters" in officer.get("/groups/past?place=Knole+Park&status=rejected").text


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
    assert "Enter a reason." in officer.said(officer.post(f"{steps}/decide"))
    assert officer.said(officer.post(f"{steps}/decide", {"reason": "a review on 23 November"})) == "Closed."
    assert case not in officer.get("/case-reviews").text
    assert pages({May.READ}, "viewer").post(f"{steps}/accept").status_code == 403


def test_the_first_word_on_a_proposal_counts(copied, pages):
    proposal = next(row["proposal_id"] for row in copied.rows("proposal") if row["rule"] == "near_repeat")
    first, second = pages(name="hale"), pages(name="marsh")
    assert "Enter a reason." in first.said(first.post(f"/groups/{proposal}/reject"))
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
    assert "Sgt Hale, with West Kent Homes</td>" in officer.get("/taskings").text


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
    assert "Reason for the correction" in later.get(f"/groups/{proposal}").text
    number = shown_number(later, f"/groups/{proposal}")
    assert "a correction needs a reason" in later.said(later.post(f"/groups/{proposal}/undo", number))
    corrected = later.post(f"/groups/{proposal}/undo", number | {"reason": "the wrong street"})
    assert later.said(corrected).endswith("It is proposed again.")
