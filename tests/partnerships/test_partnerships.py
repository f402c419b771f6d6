"""Several districts in one deployment: each has what is its own, and nobody sees another's."""

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
import sqlalchemy as sa
from conftest import HURRIED, NOW, ROOT, client_of, empty_database, home_for, settle

from tasking import flows
from tasking.config.layers import Include
from tasking.config.partnership_file import load_partnership
from tasking.delivery.channels.slack import SlackChannel
from tasking.model.errors import DeclarationError
from tasking.pages import Host, May, Person, create_partnerships_app
from tasking.runtime.access import load_access
from tasking.runtime.local import open_services
from tasking.runtime.partnerships import declaration_faults, run_all
from tasking.runtime.settings import Settings

DAY = dt.date(2026, 10, 22)
NAMES = ["ashdown", "weald"]


@pytest.fixture
def home(tmp_path):
    folder = home_for(tmp_path / "home")
    for name in NAMES:
        declare(folder, name, f"name: {name.title()} CSU\nchannels: {{slack_channel: '#{name}'}}\n")
    return folder


def declare(home, name: str, text: str) -> None:
    own = home / "include" / "partnerships" / name
    own.mkdir(parents=True, exist_ok=True)
    (own / "partnership.yml").write_text(text)


@pytest.fixture
def drops(tmp_path):
    """Ashdown has the sample deliveries; of Weald's only the residents' is there."""
    shutil.copytree(ROOT / "demo" / "deliveries", tmp_path / "drops" / "ashdown")
    shutil.copytree(ROOT / "demo" / "deliveries" / "residents", tmp_path / "drops" / "weald" / "residents")
    settle(*(path for path in (tmp_path / "drops").rglob("*") if path.is_file()))
    return tmp_path / "drops"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def settings(request, home, drops, tmp_path):
    with empty_database(request.param, tmp_path) as url:
        url = f"sqlite:///{tmp_path}/{{partnership}}.db" if request.param == "sqlite" else url
        yield Settings(home=home, drops=drops, database_url=url, pseudonym_key="ab" * 32)


def desk_of(settings, name):
    return replace(open_services(settings.of(name)), clock=lambda: NOW, retry_policy=HURRIED)


def test_each_has_its_own_reports_deliveries_and_log(settings):
    desks = {name: desk_of(settings, name) for name in NAMES}
    done = {name: flows.run_day(desk, DAY, is_posting=False) for name, desk in desks.items()}
    rows = {name: sum(one.ledger.rows_in for one in day.receipts) for name, day in done.items()}
    assert rows["ashdown"] > rows["weald"] > 0
    assert done["ashdown"].briefing.partnership == "Ashdown CSU"
    assert [one.outcome for one in done["weald"].receipts].count("landed") == 1
    for name, desk in desks.items():
        with desk.warehouse.engine.connect() as connection:
            assert connection.execute(sa.text("SELECT SUM(rows_in) FROM delivery")).scalar() == rows[name]
        desk.warehouse.engine.dispose()
    assert len(desks["weald"].archive.digests()) == 1
    assert desks["weald"].archive.folder == settings.home / "var" / "partnerships" / "weald" / "deliveries"


def test_one_person_has_another_pseudonym_with_each(settings):
    keys = {name: desk_of(settings, name).conventions.pseudonyms.for_value("caller", "+447700900123") for name in NAMES}
    alone = open_services(replace_settings(settings)).conventions.pseudonyms.for_value("caller", "+447700900123")
    assert len({*keys.values(), alone}) == 3


def replace_settings(settings):
    return Settings(home=settings.home, pseudonym_key="ab" * 32)


def test_a_failure_of_one_is_its_own(settings):
    (settings.home / "include" / "partnerships" / "ashdown" / "feeds").mkdir()
    (settings.home / "include" / "partnerships" / "ashdown" / "feeds" / "police.yml").write_text("feed: [")
    done = run_all(settings, DAY, 2)
    assert "police.yml" in done["ashdown"]
    assert done["weald"] == ""


def test_its_own_files_come_before_the_shared_ones(home):
    own = home / "include" / "partnerships" / "weald"
    (own / "feeds").mkdir()
    shared = (home / "include" / "feeds" / "police.yml").read_text()
    (own / "feeds" / "police.yml").write_text(shared.replace("partner: Kent Police", "partner: Weald Police"))
    desks = {name: open_services(Settings(home=home, pseudonym_key="ab" * 32).of(name)) for name in NAMES}
    assert desks["weald"].feeds["police"].partner == "Weald Police"
    assert desks["ashdown"].feeds["police"].partner == "Kent Police"
    assert desks["weald"].feeds["council"] == desks["ashdown"].feeds["council"]
    assert desks["weald"].declarations_hash != desks["ashdown"].declarations_hash


def test_it_says_only_what_differs(home):
    include = home / "include"
    shared = load_partnership(Include.of(include))
    weald = load_partnership(Include.of(include, "weald"))
    assert (weald.name, weald.channels.slack_channel) == ("Weald CSU", "#weald")
    assert weald.meeting == shared.meeting
    assert weald.channels.briefing == shared.channels.briefing


@pytest.mark.parametrize(
    ("name", "words"), [("sussex", "there are: ashdown, weald"), ("../x", "no name of a partnership")]
)
def test_a_name_that_is_none_is_said(home, name, words):
    with pytest.raises(DeclarationError, match=words):
        Settings(home=home, partnership=name)


def test_several_can_not_share_a_file_of_sqlite(home, tmp_path):
    with pytest.raises(DeclarationError, match="can't share a file"):
        open_services(Settings(home=home, partnership="weald", database_url=f"sqlite:///{tmp_path / 'one.db'}"))


def test_no_feed_gets_another_partnerships_address(home, monkeypatch):
    monkeypatch.setenv("TASKING_FEED_POLICE", "sftp://all:secret@127.0.0.1:22?host_key=x")
    monkeypatch.setenv("TASKING_WEALD__FEED_POLICE", "sftp://weald:secret@127.0.0.1:22?host_key=x")
    desks = {name: open_services(Settings(home=home, pseudonym_key="ab" * 32).of(name)) for name in NAMES}
    assert desks["weald"].open_transport(desks["weald"].feeds["police"]).address.login == "weald"
    with pytest.raises(Exception, match="address"):
        desks["ashdown"].open_transport(desks["ashdown"].feeds["police"])


def test_two_that_would_post_to_one_channel_are_found(home):
    for name in NAMES:
        declare(home, name, f"name: {name}\nchannels: {{briefing: [slack]}}\n")
    assert declaration_faults(Settings(home=home)) == [
        "ashdown, weald would all post to slack:#csu-briefing. Give each its own under channels"
    ]
    declare(home, "weald", "name: Weald\nchannels: {briefing: [slack], slack_channel: '#weald'}\n")
    assert declaration_faults(Settings(home=home)) == []


def test_in_one_channel_neither_takes_the_others_message_for_its_own(settings, workspace):
    slack, channel = workspace
    for name in NAMES:
        desk = replace(
            desk_of(settings, name),
            open_channels=lambda kind: (
                [SlackChannel("xoxb-practice", "#csu-briefing", channel.base_url)] * (kind == "briefing")
            ),
        )
        slack.faults["chat.postMessage"] = ["reply lost"]
        flows.run_day(desk, DAY, is_old_day_posted=True)
        desk.warehouse.engine.dispose()
    keys = [one["metadata"]["event_payload"]["run_key"] for one in slack.parents()]
    assert keys == ["ashdown:briefing:2026-10-22", "weald:briefing:2026-10-22"]


def test_a_command_names_the_partnership(home, drops):
    environment = {"TASKING_HOME": str(home), "TASKING_DROPS": str(drops), "PATH": "/usr/bin:/bin", "HOME": "/tmp"}
    tasking = [sys.executable, "-c", "from tasking.cli import app; app()"]
    subprocess.run(
        [*tasking, "--partnership", "weald", "run", "--day", str(DAY)], env=environment, check=True, capture_output=True
    )
    ledger = subprocess.run(
        [*tasking, "--partnership", "weald", "export", "ledger"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "residents" in ledger.stdout
    listed = subprocess.run(
        [*tasking, "partnerships", "list"], env=environment, check=True, capture_output=True, text=True
    )
    assert listed.stdout.split() == NAMES


# Roles and the desk


def test_a_role_is_made_for_each_and_opens_only_its_desk(home):
    made = load_access(Include.of(home / "include")).permissions_at(NAMES)
    assert "Tasking officer: weald" in made
    assert "Tasking officer" not in made
    weald = made["Tasking officer: weald"]
    assert ("can_edit", "Tasking desk of weald") in weald
    assert not any("ashdown" in resource or resource.endswith("of all") for _, resource in weald)
    assert ("can_read", "Task Logs") not in weald
    assert ("can_create", "DAG Runs") not in weald


def test_a_role_for_all_acts_in_airflow_too(home):
    path = home / "include" / "access.yml"
    path.write_text(
        path.read_text().replace(
            "  Tasking auditor:",
            "  County operator:\n    desk: [read]\n    airflow: [see, act]\n    partnerships: [all]\n  Tasking auditor:",
        )
    )
    made = load_access(Include.of(home / "include")).permissions_at(NAMES)
    assert {("can_read", "Tasking desk of all"), ("can_create", "DAG Runs"), ("can_read", "Task Logs")} <= made[
        "County operator"
    ]
    path.write_text(path.read_text().replace("partnerships: [all]", "partnerships: [sussex]"))
    with pytest.raises(DeclarationError, match="sussex"):
        load_access(Include.of(home / "include")).permissions_at(NAMES)


HOSTS = frozenset({"desk.example"})


@pytest.fixture
def desks(settings):
    """The desks as somebody sees them who may read Weald's alone."""
    opened = {name: desk_of(settings, name) for name in NAMES}
    for desk in opened.values():
        flows.run_day(desk, DAY, is_posting=False)

    def host_of(name):
        async def person_of(_request):
            return Person("ann", frozenset({May.READ, May.DETAILS, May.LOG} if name == "weald" else ()))

        return Host(lambda: opened[name], person_of, lambda *_: "", lambda *_: "", b"a secret", hosts=HOSTS)

    async def readable(_request):
        return ["weald"]

    app = create_partnerships_app(lambda: NAMES, host_of, readable, lambda _next: "/login", HOSTS)
    yield client_of(app)
    for desk in opened.values():
        desk.warehouse.engine.dispose()


def test_somebody_of_one_sees_that_one(desks):
    assert desks.get("/today").headers["location"].endswith("/weald/today")
    shown = desks.get("/weald/today", params={"day": str(DAY)}, headers={"Accept": "text/html"})
    assert shown.status_code == 200
    assert "Weald CSU" in shown.text
    assert "/weald/incidents" in shown.text


PAGES = "today feeds held incidents taskings groups map rules log feeds/police/2026-10-22".split()


def test_and_nothing_of_another(desks):
    for page in PAGES:
        answer = desks.get(f"/ashdown/{page}", headers={"Accept": "text/html"})
        assert answer.status_code == 403, page
        assert "Ashdown" not in answer.text, page
        assert desks.get(f"/sussex/{page}").status_code == 404, page


# The DAGs


PROGRAM = """
import json, sys, time
from airflow.dag_processing.dagbag import DagBag
started = time.monotonic()
bag = DagBag(sys.argv[1])
print(json.dumps({"seconds": time.monotonic() - started, "errors": bag.import_errors, "dags": {
    dag_id: {"doc": dag.doc_md or "", "tasks": sorted(dag.task_ids), "catchup": dag.catchup} for dag_id, dag in bag.dags.items()}}))
"""


def test_three_hundred_are_read_in_two_seconds(tmp_path):
    from dags.conftest import airflow_environment

    home = home_for(tmp_path / "home")
    for number in range(300):
        declare(home, f"district_{number}", f"name: District {number}\nchannels: {{slack_channel: '#d{number}'}}\n")
    (tmp_path / "airflow").mkdir()
    environment = airflow_environment(tmp_path / "airflow", 8080, home, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, ROOT / "dags"], env=environment, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["errors"] == {}
    assert set(found["dags"]) == {
        "partnership_nights", "partnership_evenings_before", "partnership_last_looks", "partnership_weeks", "housekeeping",
        "photos",
    }  # fmt: skip
    assert found["seconds"] < 2
    for dag_id, dag in found["dags"].items():
        assert re.search("[Cc]lear (it|the|one)", dag["doc"]), dag_id
        assert dag["catchup"] is False
