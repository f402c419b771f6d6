"""One suite over SQLite and PostgreSQL: the same days give the same rows and the same briefing."""

import datetime as dt
import threading

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from conftest import NOW, ROOT, TestDesk, empty_database, home_for

from tasking import flows
from tasking.delivery.store import outbox
from tasking.meeting.store.proposals import standings, take_step
from tasking.model.proposal import Step, Verb
from tasking.warehouse import open_warehouse
from tasking.warehouse.migrations import alembic_config
from tasking.warehouse.tables import metadata
from tasking.warehouse.tables.searching import WORDS

DAYS = ("2026-10-22", "2026-10-23")


@pytest.fixture
def desk(database_url, deliveries, tmp_path) -> TestDesk:
    return TestDesk(home_for(tmp_path / "home"), deliveries.folder, database_url)


def test_two_days_balance_and_give_the_briefing_that_sqlite_gives(desk, tmp_path):
    reference = TestDesk(desk.home, desk.drops, f"sqlite:///{tmp_path / 'reference.db'}")
    for day in DAYS:
        assert desk.run(day).briefing.canonical() == reference.run(day).briefing.canonical()
    assert {key: dict(row) for key, row in desk.ledger().items()} == reference.ledger()


def test_receiving_a_day_again_changes_nothing(desk):
    tables = ("report", "report_person", "held", "incident_report", "delivery")
    desk.run(DAYS[0])
    before = {table: sorted(map(repr, desk.rows(table))) for table in tables}
    desk.run(DAYS[0])
    assert {table: sorted(map(repr, desk.rows(table))) for table in tables} == before


def test_times_come_back_as_the_utc_that_went_in(desk):
    desk.run(DAYS[0])
    opened = desk.open()
    reports = opened.warehouse.query(
        "briefing/incidents",
        day=dt.date(2026, 10, 22),
        first_day=dt.date(2026, 10, 22),
        history_day=dt.date(2026, 10, 1),
    )
    assert reports
    assert all(row["received_at"].tzinfo is not None for row in reports)
    since, until = opened.partnership.calendar.reporting_window(dt.date(2026, 10, 22))
    assert all(since <= row["received_at"] < until for row in reports)


def is_declared(_table, name, *_) -> bool:
    """False for the tables of full text, which are of another kind on each database."""
    return not name.startswith(WORDS)


def test_the_tables_are_what_the_migrations_make(database_url):
    warehouse = open_warehouse(database_url, ROOT / "include" / "sql")
    with warehouse.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_declared})
        assert compare_metadata(context, metadata) == []


def test_migrations_go_back_and_forward(database_url):
    warehouse = open_warehouse(database_url, ROOT / "include" / "sql")
    config = alembic_config()
    for step in (command.downgrade, command.upgrade):
        with warehouse.engine.execution_options(writing=True).begin() as connection:
            config.attributes["connection"] = connection
            step(config, "base" if step is command.downgrade else "head")
    assert "report" in sa.inspect(warehouse.engine).get_table_names()


def test_migrations_go_back_and_forward_with_days_in_the_tables(desk):
    """Back to the version before, and here again: nothing is lost, and the days are made again to the byte."""
    before = [desk.run(day).briefing.canonical() for day in DAYS]
    kept = ("report", "report_person", "held", "incident_report", "delivery", "briefing", "log", "tasking")
    rows = {table: sorted(map(repr, desk.rows(table))) for table in kept}
    config, engine = alembic_config(), desk.open().warehouse.engine
    for revision in ("0004", "head"):
        with engine.execution_options(writing=True).begin() as connection:
            config.attributes["connection"] = connection
            (command.upgrade if revision == "head" else command.downgrade)(config, revision)
    engine.dispose()
    lost = ("columns_at_fault", "is_restricted")  # version 4 has no place for them
    for table in kept:
        if table != "held":
            assert sorted(map(repr, desk.rows(table))) == rows[table], table
    assert len(desk.rows("held")) == len(rows["held"]), lost
    assert [desk.run(day).briefing.canonical() for day in DAYS] == before


def test_a_migration_only_adds_so_that_an_older_version_goes_on_beside_it():
    """From 0006 on; what is superfluous is taken away one version later, by a migration that says so."""
    for path in (ROOT / "src/tasking/warehouse/migrations/versions").glob("*.py"):
        upgrade = path.read_text().split("def upgrade", 1)[1].split("def downgrade", 1)[0]
        if path.name >= "0006":
            assert "drop_" not in upgrade, path.name
            added = [line for line in upgrade.splitlines() if "add_column" in line]
            assert all("server_default" in line or "nullable=False" not in line for line in added), path.name


@pytest.mark.server
def test_a_briefing_is_the_same_in_a_database_of_another_locale(deliveries, tmp_path):
    """A database that is in English order, where SQLite is in that of bytes; all the days of the fortnight."""
    english = TestDesk(home_for(tmp_path / "home"), deliveries.folder, "")
    reference = TestDesk(english.home, deliveries.folder, f"sqlite:///{tmp_path / 'reference.db'}")
    with empty_database("postgresql", tmp_path, "LOCALE_PROVIDER icu ICU_LOCALE 'en-GB' TEMPLATE template0") as url:
        english.database_url = url
        for number in range(20, 31):
            day = f"2026-10-{number}"
            assert english.run(day).briefing.canonical() == reference.run(day).briefing.canonical(), day


def test_links_of_the_first_version_come_along_and_go_back(database_url):
    warehouse = open_warehouse(database_url, ROOT / "include" / "sql")
    config = alembic_config()

    def to(revision: str) -> None:
        with warehouse.engine.execution_options(writing=True).begin() as connection:
            config.attributes["connection"] = connection
            step = command.downgrade if revision == "0001" else command.upgrade
            step(config, revision)

    def stored() -> list[dict]:
        with warehouse.engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT * FROM incident_report ORDER BY report_id")).mappings()
            return [dict(row) for row in rows]

    to("0001")
    # JSON with colons in it would look like parameters, so the driver gets it as it stands.
    insert = (
        "INSERT INTO incident_report VALUES ('a:1', 'I1', '2026-10-20', NULL, NULL, '[]', 'v'), "
        """('a:2', 'I1', '2026-10-21', 'a:1', 0.9, '["same caller", "3 minutes apart"]', 'v')"""
    )
    with warehouse.writing() as connection:
        connection.exec_driver_sql(insert)
    before = stored()
    to("0002")
    assert [row["left_on"] for row in stored()] == [None, None]
    assert "3 minutes apart" in str(stored()[1]["evidence"])
    to("0001")
    assert list(map(str, stored())) == list(map(str, before)) or stored() == before


def test_of_many_claims_at_once_one_is_ours(database_url):
    warehouse = open_warehouse(database_url, ROOT / "include" / "sql")
    day, claims = dt.date(2026, 10, 22), []

    def claim() -> None:
        claims.append(
            outbox.claim(
                warehouse,
                outbox.MessageKey(day, "slack", "briefing"),
                1,
                str(threading.get_ident()),
                dt.timedelta(minutes=1),
            )
        )

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(claim.is_ours for claim in claims) == 1
    assert len(claims) == 8


def test_of_many_that_store_one_delivery_at_once_all_find_it_stored_once(desk):
    opened, receipts = desk.open(), []
    flows.receive(opened, "fire", dt.date(2026, 10, 21))  # the libraries are loaded

    def receive() -> None:
        receipts.append(flows.receive(opened, "police", dt.date(2026, 10, 22)))

    threads = [threading.Thread(target=receive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 4
    assert len({receipt.ledger for receipt in receipts}) == 1
    assert receipts[0].ledger.balances
    assert [row["feed"] for row in desk.rows("delivery")].count("police") == 1


def test_a_delivery_that_comes_after_a_later_days_does_not_undo_it(desk, tmp_path):
    header = (
        b"Reference,Submitted,Name,Email,Phone,Stay anonymous,Reply wanted,Date of incident,Time of incident,Where,"
        b"Postcode,Map pin,About,Someone at risk,Person at risk,Handling,Tell us what happened\n"
    )
    row = b"CSU-2026-0001,2026-10-20T12:00:00Z,,,,N,N,,,Manse Way Swanley,,,Graffiti,N,,,%s\n"
    desk.drops = tmp_path / "own"
    for day, text in (("2026-10-22", b"as it was told last"), ("2026-10-21", b"as it was told first")):
        desk.put("residents", day, header + row % text)
        desk.run(day)
    told = {row["revision"]: row["text"] for row in desk.rows("report_person")}
    as_of = {}
    for day in (21, 22):
        current = [
            r for r in desk.rows("report")
            if str(r["day"]) <= f"2026-10-{day}" and (r["superseded_on"] is None or str(r["superseded_on"]) > f"2026-10-{day}")
        ]  # fmt: skip
        assert len(current) == 1
        as_of[day] = told[current[0]["revision"]]
    assert as_of == {21: "as it was told first", 22: "as it was told last"}


def test_a_failure_in_the_middle_of_storing_leaves_nothing(desk, monkeypatch):
    from tasking.intake.store import deliveries

    def disk_full(*_arguments):
        raise OSError("No space left on device")

    monkeypatch.setattr(deliveries, "_store_held", disk_full)
    with pytest.raises(OSError, match="No space"):
        flows.receive(desk.open(), "police", dt.date(2026, 10, 22))
    assert desk.rows("report") == []
    assert desk.rows("delivery") == []
    monkeypatch.undo()
    assert flows.receive(desk.open(), "police", dt.date(2026, 10, 22)).ledger.balances


def test_the_log_is_a_chain(desk):
    import hashlib

    from tasking.warehouse.audit_log import append_log

    warehouse = desk.open().warehouse
    for note in ("first", "second"):
        with warehouse.writing() as connection:
            append_log(connection, NOW, "ops", "looked", "row", note)
    first, second = desk.rows("log")
    line = "\x1f".join([first["entry_hash"], "2", NOW.isoformat(), "ops", "looked", "row", "second"])
    assert second["entry_hash"] == hashlib.sha256(line.encode()).hexdigest()


def test_claims_of_the_second_version_come_along_as_doubts_and_go_back(database_url):
    warehouse = open_warehouse(database_url, ROOT / "include" / "sql")
    config = alembic_config()

    def to(revision: str, step) -> None:
        with warehouse.engine.execution_options(writing=True).begin() as connection:
            config.attributes["connection"] = connection
            step(config, revision)

    def rows(columns: str) -> list[tuple]:
        with warehouse.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(f"SELECT {columns} FROM outbox ORDER BY channel"))]  # noqa: S608

    to("0002", command.downgrade)
    with warehouse.writing() as connection:
        connection.execute(sa.text(
            "INSERT INTO outbox (day, channel, kind, version, state, message_ref, claimed_at) VALUES "
            "('2026-10-22', 'a', 'briefing', 2, 'sent', 'C1:1', '2026-10-22 06:31:00'), "
            "('2026-10-22', 'b', 'briefing', 1, 'sending', NULL, '2026-10-22 06:31:00')"
        ))  # fmt: skip
    to("head", command.upgrade)
    assert rows("channel, part, version, state, message_ref") == [
        ("a", "", 2, "sent", "C1:1"),
        ("b", "", 1, "doubt", None),
    ]
    assert [row[0] is not None for row in rows("sent_at")] == [True, False]
    to("0002", command.downgrade)
    assert rows("channel, version, state, message_ref") == [("a", 2, "sent", "C1:1"), ("b", 1, "sending", None)]


def test_of_many_that_act_on_one_proposal_at_once_one_counts_and_every_act_is_logged(desk):
    warehouse, day, stood = desk.open().warehouse, dt.date(2026, 10, 22), []

    def act(number: int) -> None:
        for proposal in ("D-20261022-00000000", f"T-20261022-0000000{number}"):
            verb = (
                Verb.APPROVE if proposal[0] == "D" and number % 2 else Verb.REJECT if proposal[0] == "D" else Verb.TAKE
            )
            stood.append(
                take_step(warehouse, Step(proposal, verb, f"person {number}", NOW, day, "why"), f"slack:U{number}")
            )

    threads = [threading.Thread(target=act, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stood) == 16
    assert len({step.actor for step in stood if step.subject_id[0] == "D"}) == 1
    assert len(desk.rows("log")) == 9
    assert [row["entry_number"] for row in sorted(desk.rows("log"), key=lambda row: row["entry_number"])] == list(
        range(1, 10)
    )
    ids = {step.subject_id for step in stood}
    assert {one[0]: len(steps.steps) for one, steps in standings(warehouse, ids).items()} == {"D": 1, "T": 1}


def test_of_many_that_approve_at_once_one_makes_a_tasking_and_undoing_withdraws_it(desk):
    """With the morning's taskings stored beside it, which takes the same locks."""
    from tasking import meeting
    from tasking.model.trigger import Proposal

    opened = desk.open()
    day = meeting.today(opened.meeting)
    evidence = {"schema": 2, "rule": "near_repeat", "since": str(day), "day": str(day)}
    raised = Proposal(
        "D-20261120-0000abcd", day, "near_repeat", "burglary", "The Vine", "k", None, None, False, evidence
    )
    opened.meeting.store_proposals([(raised, "")], "tasking")
    results: list[meeting.DecisionResult] = []

    def approve(actor: str) -> None:
        own = desk.open()
        meeting.store_proposed(own.meeting, day, [], [])
        results.append(meeting.approve(own.meeting, raised.proposal_id, actor, owners=[actor]))
        own.warehouse.engine.dispose()

    threads = [threading.Thread(target=approve, args=(f"PC {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(one.counted for one in results) == [False] * 5 + [True]
    (row,) = desk.rows("tasking")
    winner = next(one.step.actor for one in results if one.counted)
    (open_one,) = meeting.taskings(opened.meeting)
    assert (open_one.owners, row["proposal_id"], open_one.is_restricted) == ((winner,), raised.proposal_id, False)
    meeting.undo(opened.meeting, raised.proposal_id, "Sgt Hale")
    assert meeting.taskings(opened.meeting) == []
    assert desk.rows("tasking")[0]["withdrawn_on"] is not None
    tomorrow = day + dt.timedelta(days=1)
    assert meeting.done_since(opened.meeting, day, tomorrow) == 0
    opened.warehouse.engine.dispose()


def test_a_tasking_whose_start_is_undone_is_not_called_stalled(desk):
    from tasking import meeting

    opened = desk.open()
    day = meeting.today(opened.meeting)
    tasking_id = meeting.add_tasking(opened.meeting, "Sgt Hale", "light the alley", "SDC", "The Vine", day)
    later = day + dt.timedelta(days=40)
    known = {"day": later, "late_day": later, "late_twice_day": later, "times": 2}
    assert [row["subject_key"] for row in opened.warehouse.query("rules/stalled", **known)] == [tasking_id]
    meeting.undo(opened.meeting, tasking_id, "Sgt Hale")
    assert opened.warehouse.query("rules/stalled", **known) == []
    opened.warehouse.engine.dispose()


def test_decisions_on_incidents_are_taken_back_whatever_version_stored_them(desk):
    from tasking.linkage.store import review
    from tasking.model.incident import Decision
    from tasking.warehouse.visibility import FULL_VISIBILITY

    warehouse = desk.open().warehouse
    first = [Decision("a:1", "a:2", True), Decision("a:2", "a:3", True)]
    review.store_decisions(warehouse, first, "incidents merged", "a", "x", "", NOW, None)
    with warehouse.writing() as connection:
        connection.execute(sa.update(metadata.tables["link_decision"]).values(act=None))  # before migration 0016
    second = [Decision("a:1", "a:4", False)]
    review.store_decisions(warehouse, second, "incidents kept apart", "a", "x", "", NOW, None)
    assert review.decisions(warehouse) == [*first, *second]
    for numbers, left in (((3,), first), ((1, 2), [])):
        act = review.newest_act(warehouse, ["a:1"], FULL_VISIBILITY)
        assert act.numbers == numbers
        review.store_decisions(warehouse, act.decisions, review.UNDONE, "a", "y", "", NOW, None, act.numbers)
        assert review.decisions(warehouse) == left
    assert review.newest_act(warehouse, ["a:1"], FULL_VISIBILITY) is None
    warehouse.engine.dispose()
