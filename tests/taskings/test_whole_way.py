"""A tasking's whole way, on each database: proposed, decided with owner and date, sent, answered, exported."""

import datetime as dt
from dataclasses import replace

from conftest import ROOT, FakeChannel

from tasking import delivery, meeting
from tasking.meeting.answers import Answer, answer_token, question_of, record_answer
from tasking.meeting.export import tasking_rows
from tasking.meeting.store import taskings as store
from tasking.meeting.system_steps import take_system_steps
from tasking.model.proposal import Status
from tasking.warehouse import open_warehouse

from .conftest import DESK_URL, TODAY, WARDENS, at

FRIDAY = dt.date(2026, 11, 20)


def test_a_tasking_goes_its_whole_way_on_each_database(district, database_url):
    district.desk.database_url = database_url
    warehouse = open_warehouse(database_url, ROOT / "include" / "sql")

    def on(day: dt.date, clock: str):
        return replace(district.on(day, clock), warehouse=warehouse, desk_url=DESK_URL)

    proposed_on, ids = dt.date(2026, 11, 18), [f"T-20261118-0000000{number}" for number in (1, 2)]
    row = {
        "proposed_on": proposed_on, "what": "clear it", "place": "The Vine, Sevenoaks", "owner": "Kent Police",
        "due_on": TODAY, "why": "Fly-tip, 2 reports", "incident_id": None, "proposal_id": None,
    }  # fmt: skip
    store.store_taskings(warehouse, [row | {"tasking_id": one} for one in ids])
    morning = on(proposed_on, "08:10")
    meeting.assign(morning.meeting, ids[0], "Sgt Hale", [WARDENS.name, "Kent Police"])
    assert delivery.tell_owners(morning.delivery, ids) == ("Town wardens: message posted",)
    desk = on(TODAY, "07:40")
    assert take_system_steps(desk.meeting, TODAY) == []
    assert delivery.send_taskings(desk.delivery, TODAY) == ("Town wardens: message posted",)
    assert delivery.send_taskings(desk.delivery, TODAY) == ("Town wardens: message already posted, unchanged",)
    token = answer_token(desk.meeting, meeting.tasking_of(desk.meeting, ids[0]), WARDENS, TODAY)
    record_answer(desk.meeting, token, Answer.ACCEPT)
    record_answer(desk.meeting, token, Answer.DONE, "cleared, nothing found")
    assert question_of(desk.meeting, token).said.startswith("You said that it is done")
    later = on(dt.date(2026, 11, 25), "07:00")
    assert take_system_steps(later.meeting, dt.date(2026, 11, 25)) == [ids[1]]
    done, lapsed = tasking_rows(later.meeting, dt.date.min, dt.date.max)
    assert (done["owners"], done["decided_by"], done["result"], done["status"]) == (
        "Town wardens; Kent Police", "Sgt Hale", "on the desk", Status.DONE
    )  # fmt: skip
    assert done["done_at"] == at(TODAY).isoformat(timespec="seconds")
    assert (lapsed["status"], lapsed["lapsed_on"]) == (Status.LAPSED, dt.date(2026, 11, 25))
    assert isinstance(district.routes[WARDENS.route], FakeChannel)
    assert later.linkage.public_incidents(dt.date.min, dt.date.max) == []
    warehouse.engine.dispose()
