"""On the desk: a report by hand, corrections, and what a split or a merge shows before it is done."""

import datetime as dt
import html
import re
from urllib.parse import quote

import pytest

from tasking.linkage import decisions
from tasking.model.access import May

from .conftest import OFFICER
from .on_the_desk import shared_incident

KEEPER = OFFICER | {May.RESTRICTED}
CALL = {
    "text": "Loud music until two & <b>shouting</b>", "category": "noise", "place": "Bradbourne Lakes",
    "occurred_on": "2026-11-01", "occurred_at": "22:10", "caller_name": "Ann Test", "caller_phone": "01632 960 001",
    "wants_contact": "true",
}  # fmt: skip


@pytest.fixture
def officer(copied, pages):
    copied.now = dt.datetime(2026, 11, 2, 10, 0, tzinfo=dt.UTC)
    return pages()


def submission(page: str) -> str:
    return re.search(r'name="submission" value="([0-9a-f]{32})"', page)[1]


def hidden(page: str) -> dict[str, list[str]]:
    """The hidden fields of the last form of a page."""
    form = page[page.rindex("<form") :]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(html.unescape(value))
    return found


def test_a_call_is_checked_recorded_once_linked_and_followed_up(officer, copied):
    page = officer.get("/reports/new").text
    assert "briefing of Tuesday 3 November 2026" in page
    checked = officer.post("/reports/new", CALL | {"submission": submission(page)})
    assert checked.status_code == 200
    assert "Bradbourne Lakes" in checked.text
    assert "&lt;b&gt;shouting" in checked.text
    assert not [row for row in copied.rows("report") if row["feed"] == "desk"]
    sent = hidden(checked.text)
    done = officer.post("/reports/new", sent)
    assert "The reference for the caller is CSU-26-000001" in officer.said(done)
    assert "CSU-26-000001" in officer.said(officer.post("/reports/new", sent))  # pressed twice
    assert len([row for row in copied.rows("report") if row["feed"] == "desk"]) == 1
    shown = officer.get(done.headers["location"]).text
    assert re.search(r"Incident <span class=\"ref\">I\d{6}-", shown)
    assert "Contact the caller by" in shown
    assert "Tuesday 3 November 2026" in shown
    assert "Ann Test" not in "".join(str(row) for row in copied.rows("log"))


def test_several_places_are_asked_about_and_errors_stand_at_their_field(officer):
    page = officer.get("/reports/new").text
    form = CALL | {"submission": submission(page), "place": "High Street"}
    asked = officer.post("/reports/new", form).text
    assert "Which of these places?" in asked
    names = [html.unescape(one) for one in re.findall(r'name="chosen" value="([^"]+)"', asked)]
    assert 'value="-"' in asked
    chosen = officer.post("/reports/new", hidden(asked) | {"chosen": names[0]}).text
    assert html.escape(names[0]) in chosen
    kept = officer.post("/reports/new", hidden(asked) | {"chosen": "-"}).text
    assert "not in the list of places" in kept
    wrong = officer.post(
        "/reports/new", form | {"caller_phone": "ring me"}, headers={"Referer": "https://desk.example/reports/new"}
    )
    assert wrong.status_code == 422
    assert "There is a problem" in wrong.text
    assert "Enter a telephone number" in wrong.text
    assert "shouting" in wrong.text  # what was typed is kept


def test_a_restricted_call_is_not_seen_again_by_who_may_not(officer, copied, pages):
    page = officer.get("/reports/new").text
    checked = officer.post("/reports/new", CALL | {"submission": submission(page), "category": "safeguarding"})
    assert "You will not see it again" in checked.text
    done = officer.post("/reports/new", hidden(checked.text))
    assert officer.said(done) == "Recorded. It is in the restricted register."
    assert "CSU-" not in done.headers["location"]
    report = next(row["report_id"] for row in copied.rows("report") if row["feed"] == "desk")
    assert officer.get(f"/reports/{report}").status_code == 404
    keeper = pages(KEEPER)
    assert "This report is restricted" in keeper.get(f"/reports/{report}").text
    assert "shouting" not in keeper.get(f"/reports/{report}").text
    for needed in (May.DECIDE, May.DETAILS):
        assert pages(OFFICER - {needed}).get("/reports/new").status_code == 403


def test_a_report_is_corrected_with_what_was_sent_beside_it_and_undone(officer, copied):
    _, (report, *_) = shared_incident(copied)
    labels = officer.opened.conventions.categories.labels
    before = officer.opened.intake.report(report, decisions.FULL_VISIBILITY)["category"]
    assert officer.get(f"/reports/{report}/correct").status_code == 200
    form = {"field": "category", "category": "drugs", "reason": "needles"}
    done = officer.post(f"/reports/{report}/correct", form)
    assert "Corrected." in officer.said(done)
    assert officer.started[-1][0] == "briefing"
    shown = html.unescape(officer.get(f"/reports/{report}").text)
    assert f"sent “{labels[before]}”. Corrected to “{labels['drugs']}” by officer" in shown
    assert "needles" in shown
    reader = officer.__class__(copied, frozenset({May.READ}), "reader")
    assert "needles" not in reader.get(f"/reports/{report}").text
    asked = officer.post(f"/reports/{report}/correct", {"field": "place", "place": "High Street", "reason": "by photo"})
    assert "Which of these places?" in asked.text
    place = {"field": "place", "place": "Knole Park", "reason": "by photo"}
    assert "Corrected." in officer.said(officer.post(f"/reports/{report}/correct", place))
    placed = html.unescape(officer.get(f"/reports/{report}").text)
    assert "Corrected to “Knole Park” by officer" in placed
    assert "Place as reported" not in placed  # it is not what was reported: that stands in the correction
    for field in ("place", "category"):
        undone = officer.post(f"/reports/{report}/correct/undo", {"field": field, "reason": "it was right"})
        assert "Undone" in officer.said(undone)
    wrong = officer.post(
        f"/reports/{report}/correct", {"field": "category", "category": "drugs"},
        headers={"Referer": f"https://desk.example/reports/{report}/correct"},
    )  # fmt: skip
    assert wrong.status_code == 422
    assert "Enter why it is corrected" in wrong.text


def test_a_correction_into_the_register_takes_the_report_out_of_sight(officer, copied, pages):
    _, (report, *_) = shared_incident(copied)
    done = officer.post(
        f"/reports/{report}/correct", {"field": "category", "category": "safeguarding", "reason": "a child"}
    )
    assert "restricted register" in officer.said(done)
    assert officer.get(f"/reports/{report}").status_code == 404
    assert officer.get(f"/reports/{report}/correct").status_code == 404
    keeper = pages(KEEPER)
    asked = keeper.get(f"/reports/{report}/correct").text
    assert "Corrected to" not in asked
    looked = keeper.post(f"/reports/{report}/look", {"reason": "to put it right"})
    assert "Corrected to" in looked.text
    assert keeper.log()[-1]["action"] == "restricted report looked at"


def test_before_a_split_every_report_and_consequence_is_shown(officer, copied):
    incident, reports = shared_incident(copied)
    shown = officer.post(f"/incidents/{incident}/split", {"report": reports[-1:]}).text
    assert all(one.partition(":")[2] in html.unescape(shown) for one in reports)
    assert "Keep apart from every other incident" in shown
    assert not copied.rows("link_decision")
    done = officer.post(f"/incidents/{incident}/split", hidden(shown) | {"after": "alone", "note": "another night"})
    assert "Incident split" in officer.said(done)
    page = officer.get(done.headers["location"]).text
    assert "apart from every other incident" in page
    assert "another night" in page


def test_a_merge_says_what_becomes_one_and_refuses_what_changed_since(officer, copied):
    incident, reports = shared_incident(copied)
    decisions.split(officer.opened.linkage, incident, reports[-1:], "hale")
    now = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if not row["left_on"]}
    one, other = now[reports[0]], now[reports[-1]]
    shown = officer.post(f"/incidents/{one}/merge", {"other": reports[-1].partition(":")[2]}).text
    assert all(report.partition(":")[2] in html.unescape(shown) for report in reports)
    assert f"with these {len(reports)} reports and no others" in shown
    late = officer.post(f"/incidents/{one}/merge", hidden(shown) | {"shown": reports[:1], "other": [other]})
    assert "This has changed since you looked" in officer.said(late)
    done = officer.post(f"/incidents/{one}/merge", hidden(shown) | {"note": "the same bike"})
    assert "Incidents merged" in officer.said(done)
    page = html.unescape(officer.get(done.headers["location"]).text)
    assert "because: the same bike" in page or "strong match" in page or "likely match" in page
    assert not re.search(r"log-odds|linkage-1|\b0\.\d\d\b", page)


def test_evidence_is_in_words_of_strength_and_cites_what_each_text_says():
    from conftest import ROOT

    from tasking.config.lexicon import load_lexicon
    from tasking.linkage.strength import shown_evidence
    from tasking.model.incident import Evidence

    lexicon = load_lexicon(ROOT / "include" / "lexicon.yml")
    one = {"text": "boy in a scary costume", "category_text": None, "place_text": None}
    other = {"text": "he wore a balaclava", "category_text": None, "place_text": None}
    shown, against = shown_evidence(
        [Evidence("words", "both say mask", 2.0), Evidence("when", "3 hours apart", -0.4)], one, other, lexicon
    )
    assert (shown.strength, shown.words) == ("counts strongly for", "both mention the same things")
    assert shown.cited == "both mention “costume” / “balaclava”"
    assert (against.strength, against.cited) == ("counts against", None)
    rider = {"text": "male on a blue quad", "category_text": None, "place_text": None}
    (twice,) = shown_evidence([Evidence("words", "both say quad, quad", 2.0)], rider, rider, lexicon)
    assert twice.cited == "both mention “quad”"  # a word may stand for two things of the lexicon


def test_possible_duplicates_list_every_report_that_would_be_one(officer, copied):
    page = html.unescape(officer.get("/incidents/confirm").text)
    shown = re.findall(r'name="shown" value="([^"]+)"', page[: page.index("</form>", page.index('data-key="y"'))])
    if 'name="kind" value="merge"' in page:
        assert len(shown) >= 2
        assert f"merge all {len(shown)} reports" in page
        assert all(one.partition(":")[2] in page for one in shown)
    assert not re.search(r"log-odds|\b0\.\d\d\b", page)


def test_a_reference_with_slashes_and_marks_has_a_page_and_is_corrected(officer, copied):
    away = {row["report_id"] for row in copied.rows("report") if row["is_restricted"]}
    report = next(
        row["report_id"] for row in copied.rows("report") if "/" in row["source_ref"] and row["report_id"] not in away
    )
    page = officer.get(f"/reports/{quote(report)}")
    assert page.status_code == 200
    assert f'action="/reports/{quote(report)}/correct"' in officer.get(f"/reports/{quote(report)}/correct").text
    form = {"field": "time", "occurred_on": "2026-10-18", "occurred_at": "21:00", "reason": "the evening before"}
    done = officer.post(f"/reports/{quote(report)}/correct", form)
    assert "Corrected." in officer.said(done)
    assert "18 October 2026, 21:00" in officer.get(done.headers["location"]).text
