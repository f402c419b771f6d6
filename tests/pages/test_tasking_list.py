"""The list of taskings: its tabs, its filters, and the way to an incident."""

import datetime as dt
import re
from urllib.parse import quote_plus, urlencode

from tasking import meeting
from tasking.meeting.tasking_lists import listed
from tasking.model.proposal import Verb
from tasking.model.tasking_list import Listed
from tasking.pages.access import Person
from tasking.pages.lists import Reader
from tasking.pages.tasking_list import live_taskings

from .conftest import KEEPER


def test_the_tabs_hold_every_tasking_as_when_all_were_read(copied):
    """Also those with a decision that was undone, or that were withdrawn after one."""
    services = copied.open()
    service = services.meeting
    some = [one.tasking_id for one in meeting.taskings(service, is_all=True) if one.status == "proposed"][:4]
    assert len(some) == 4
    meeting.decide(service, some[0], Verb.DROP, "hale", "no need")
    meeting.decide(service, some[1], Verb.TAKE, "hale")
    meeting.decide(service, some[1], Verb.DONE, "hale")
    meeting.undo(service, some[1], "hale")
    meeting.decide(service, some[2], Verb.REJECT, "hale", "not ours")
    meeting.decide(service, some[3], Verb.DROP, "hale", "no need")
    meeting.undo(service, some[3], "hale")
    reader = Reader(services, Person("hale", KEEPER))
    everything = meeting.taskings(service, is_all=True)
    live, over = (
        live_taskings(reader),
        meeting.taskings(service, is_all=True, only=service.taskings_over_since(dt.date.min + dt.timedelta(days=2))),
    )
    for tab in Listed:
        source = over if tab in (Listed.LAPSED, Listed.DONE) else live
        assert [one.tasking_id for one in listed(source, tab)] == [one.tasking_id for one in listed(everything, tab)], (
            tab
        )
    assert len(live) < len(everything)


def test_a_tasking_leads_to_its_incident(copied, pages):
    officer = pages()
    row = next(row for row in copied.rows("tasking") if row["incident_id"] and not row["withdrawn_on"])
    shown = "".join(
        officer.get(f"/taskings?show={tab}&since=2026-01-01").text for tab in ("open", "proposed", "lapsed", "done")
    )
    assert f'href="/incidents/{row["incident_id"]}">Incident' in shown
    assert officer.get(f"/incidents/{row['incident_id']}").status_code == 200


def test_taskings_are_found_by_owner_place_and_date(copied, pages):
    officer = pages(name="hale")
    officer.post(
        "/taskings", {"what": "close the gap", "owner": "Ωmega Ltd", "due_on": "2026-11-10", "place": "The Vine"}
    )
    officer.post("/taskings", {"what": "cut the hedge", "owner": "hale", "due_on": "2026-11-20"})

    def found(query: str) -> list[str]:
        page = officer.get(f"/taskings?{query}").text
        return re.findall(r"<strong>(close the gap|cut the hedge)</strong>", page)

    assert found("owner=%CE%A9mega+Ltd") == ["close the gap"]
    assert found("place=The+Vine") == ["close the gap"]
    assert found("due_from=2026-11-15") == ["cut the hedge"]
    assert found("due_to=2026-11-15&owner=hale") == []
    assert found("owner=nobody") == []
    assert found("sort=-due") == ["cut the hedge", "close the gap"]
    ward = copied.open().gazetteer.ward_of("The Vine")
    assert ward
    assert found(urlencode({"ward": ward})) == ["close the gap"]


def test_taskings_are_found_by_the_ward_of_their_incident(copied, pages):
    services = copied.open()
    officer = pages()
    at = {row["tasking_id"]: row["incident_id"] for row in copied.rows("tasking") if row["incident_id"]}
    wards = services.meeting.wards_of_incidents(at.values())
    by_ward: dict[str, set[str]] = {}
    for page in ("open", "proposed", "lapsed", "done"):
        shown = re.findall(r'<tbody id="(T-[\w-]+)"', officer.get(f"/taskings?show={page}&since=2026-01-01").text)
        for one in shown:
            if one in at and at[one] in wards:
                by_ward.setdefault(f"show={page}&since=2026-01-01&{urlencode({'ward': wards[at[one]]})}", set()).add(
                    one
                )
    assert len(by_ward) > 1
    for query, expected in by_ward.items():
        found = set(re.findall(r'<tbody id="(T-[\w-]+)"', officer.get(f"/taskings?{query}").text))
        assert expected <= found
        assert not {one for one in found if at.get(one) in wards and f"ward={quote_plus(wards[at[one]])}" not in query}
