"""The life of a tasking on the desk: added or proposed, given to somebody, carried over, done, undone."""

import datetime as dt

from tasking import meeting

from .on_the_desk import field_of


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
    assert "Enter the new due date." in officer.said(officer.post(f"/taskings/{tasking}/carry"))
    assert "Carried over." in officer.said(officer.post(f"/taskings/{tasking}/carry", {"due_on": "2026-11-05"}))
    assert "Enter a reason." in officer.said(officer.post(f"/taskings/{tasking}/drop"))
    assert "Done." in officer.said(officer.post(f"/taskings/{tasking}/done", {"reason": "fence mended"}))
    assert "Done already, by hale" in officer.said(officer.post(f"/taskings/{tasking}/take"))
    assert "fence mended" in officer.get("/taskings?show=done").text


def test_a_proposed_tasking_is_approved_rejected_and_undone(copied, pages):
    officer = pages()
    found = [one for one in meeting.taskings(copied.open().meeting, is_all=True) if one.status == "proposed"]
    first, second = (one.tasking_id for one in found[-2:])
    wrong = officer.post(f"/taskings/{first}/approve", {"owner": "", "due_on": "2099-01-01", "reason": "kept"})
    assert "Enter who does it" in wrong.text
    assert field_of(wrong.text, "reason") == "kept"
    assert "Approved: SDC, by" in officer.said(officer.post(f"/taskings/{first}/approve", {"owner": "SDC"}))
    assert "Undone" in officer.said(officer.post(f"/taskings/{first}/undo", {"number": "1"}))
    assert "has already been undone, by officer" in officer.said(
        officer.post(f"/taskings/{first}/undo", {"number": "1"})
    )
    assert "Enter a reason." in officer.said(officer.post(f"/taskings/{second}/reject"))
    assert "Rejected." in officer.said(officer.post(f"/taskings/{second}/reject", {"reason": "in hand"}))
