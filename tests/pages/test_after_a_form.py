"""Where a form leads to, and what is said there."""

from .conftest import KEEPER
from .on_the_desk import open_rows, shared_incident


def test_a_form_on_a_page_that_answered_a_form_leads_back_to_a_page(copied, pages):
    incident, _ = shared_incident(copied)
    officer = pages(KEEPER)
    for answered in (f"incidents/{incident}/look", "search"):
        sent = officer.post(f"/incidents/{incident}/split", headers={"Referer": f"https://desk.example/{answered}"})
        assert sent.status_code == 422
        assert "Choose the reports" in sent.text


def test_what_is_said_after_a_form_goes_by_tls_alone_where_the_form_did(copied, pages):
    keeper = pages(KEEPER)
    form = {"what": "reject", "row": [open_rows(copied)[0]["held_id"]]}
    kept = keeper.post("/held", form).headers["set-cookie"]
    assert kept.startswith("tasking_said=")
    assert kept.endswith("; Secure")
    keeper.client.base_url = "http://localhost:8080"
    assert "Secure" not in keeper.post("/held", form).headers["set-cookie"]
