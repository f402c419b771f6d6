"""Made-up reports in incidents, stored as intake and linking store them, on either database."""

import datetime as dt
from dataclasses import dataclass, field

import sqlalchemy as sa
from conftest import TestDesk

from tasking.search import Asked, Found, Reader
from tasking.warehouse import tables
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

DAY = dt.date(2026, 11, 18)
OFFICER = Reader("officer", PUBLIC_VISIBILITY, has_details=True)
READER = Reader("reader", PUBLIC_VISIBILITY, has_details=False)
KEEPER = Reader("keeper", FULL_VISIBILITY, has_details=True)


@dataclass
class Searched:
    """A desk whose warehouse is filled by hand."""

    desk: TestDesk
    count: int = 0
    opened: object = field(init=False)

    def __post_init__(self) -> None:
        self.opened = self.desk.open()

    @property
    def warehouse(self):
        return self.opened.warehouse

    def report(self, text="", *, incident=None, day=DAY, revision=1, report_id=None, superseded_on=None, **more) -> str:
        """Stores a report, in an incident of its own if none is named. Returns the incident."""
        self.count += 1
        reference = more.pop("source_ref", f"MT-{self.count:05d}")
        report_id = report_id or f"police:{reference}"
        incident = incident or f"I{day:%y%m%d}-{self.count:08x}"
        people = {name: more.pop(name) for name in ("caller_name", "caller_phone", "caller_email", "subject_name")
                  if name in more}  # fmt: skip
        row = {
            "report_id": report_id, "revision": revision, "feed": "police", "day": day, "superseded_on": superseded_on,
            "delivery_id": "d", "row_number": self.count, "content_hash": str(self.count), "source_ref": reference,
            "received_at": dt.datetime(day.year, day.month, day.day, 5, self.count % 60, tzinfo=dt.UTC),
            "category": "asb", "is_restricted": False, "is_occurred_time_known": True, "is_out_of_area": False,
            "is_anonymous": False, "wants_feedback": False, "is_vulnerable": False,
        } | more  # fmt: skip
        with self.warehouse.writing() as connection:
            connection.execute(sa.insert(tables.report).values(row))
            person = {"report_id": report_id, "revision": revision, "text": text} | people
            connection.execute(sa.insert(tables.report_person).values(person))
            if revision == 1:
                connection.execute(sa.insert(tables.incident_report).values(
                    report_id=report_id, linked_on=day, incident_id=incident, evidence=[], version="-"
                ))  # fmt: skip
        return incident

    def tasking(self, tasking_id="T-20261118-0000000a", **more) -> str:
        row = {
            "tasking_id": tasking_id, "proposed_on": DAY, "what": "clear the needles", "place": "The Vine",
            "owner": "Town wardens", "due_on": DAY, "why": "", "is_restricted": False,
        } | more  # fmt: skip
        with self.warehouse.writing() as connection:
            connection.execute(sa.insert(tables.tasking).values(row))
        return tasking_id

    def proposal(self, proposal_id="D-20261118-0000000a", **more) -> str:
        row = {
            "proposal_id": proposal_id, "raised_on": DAY, "rule": "cluster", "theme": "asb", "subject": "The Vine",
            "subject_key": "x", "is_restricted": False, "evidence": {"incidents": [], "schema": 5, "counts": {}},
        } | more  # fmt: skip
        with self.warehouse.writing() as connection:
            connection.execute(sa.insert(tables.proposal).values(row))
        return proposal_id

    def find(self, text: str, reader: Reader = OFFICER, **filters) -> Found:
        return self.opened.search.find(Asked(text, **filters), reader)

    def incidents(self, text: str, reader: Reader = OFFICER, **filters) -> list[str]:
        """The ids of the incidents that are listed, or of the one that is meant."""
        found = self.find(text, reader, **filters)
        return [found.target.removeprefix("incidents/")] if found.target else [
            one.incident.incident_id for one in found.incidents
        ]  # fmt: skip

    def log(self) -> list[tuple[str, str, str]]:
        with self.warehouse.engine.connect() as connection:
            t = tables.log
            query = sa.select(t.c.actor, t.c.action, t.c.subject).order_by(t.c.entry_number)
            return [tuple(row) for row in connection.execute(query)]

    def run(self, statement: str, **values) -> None:
        with self.warehouse.writing() as connection:
            connection.execute(sa.text(statement), values)
