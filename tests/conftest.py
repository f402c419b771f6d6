"""A desk to try things on: a home of its own, the real declarations, a database, and a clock that stands still."""

import csv
import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tasking.model.retry_policy import RetryPolicy

os.environ["GX_ANALYTICS_ENABLED"] = "false"
for name in [name for name in os.environ if name.startswith("TASKING_")]:
    del os.environ[name]

ROOT = Path(__file__).resolve().parents[1]
GOLD = ROOT / "tests" / "gold"
sys.path[:0] = [
    str(ROOT / "demo"),
    str(ROOT / "demo" / "practice"),
]  # what is started for a demonstration is tested too

from installation import free_port  # noqa: E402, F401 - tests take it from here
from prepared import Computed, Prepared  # noqa: E402

COMPUTED: list[Computed] = []  # of this run of the tests: one
AT_END = ExitStack()  # what is closed after the last test
NOW = dt.datetime(2026, 11, 20, 7, 0, tzinfo=dt.UTC)
HURRIED = RetryPolicy(
    lease_s=0, pause_s=0, look_up_pauses_s=(0,), pause_between_replies_s=0, sleep=lambda _seconds: None
)
POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@dataclass
class FakeChannel:
    """A channel that keeps what it is given; it can be killed right after it has a message."""

    name: str = "fake"
    sent: dict[str, object] = field(default_factory=dict)
    replies: dict[str, object] = field(default_factory=dict)
    pictures: dict[str, object] = field(default_factory=dict)
    updates: int = 0
    is_killed_after_send: bool = False
    reaches_people: bool = False
    form: str = "blocks"

    @property
    def traits(self):
        from tasking.delivery.channels import Form, InDoubt, Traits

        return Traits(Form(self.form), InDoubt.LOOK_UP, self.reaches_people, has_threads=self.form == "blocks")

    def send(self, note):
        self.sent[f"ref-{len(self.sent) + 1}"] = note
        if self.is_killed_after_send:
            raise KeyboardInterrupt
        return f"ref-{len(self.sent)}"

    def reply(self, reference, note):
        self.replies[f"{reference}/{len(self.replies) + 1}"] = note
        return f"{reference}/{len(self.replies)}"

    def attach(self, reference, idempotency_key, picture):
        self.pictures[idempotency_key] = picture
        return f"file:{idempotency_key}"

    def update(self, reference, note):
        if reference in self.sent:
            self.updates += 1
            self.sent[reference] = note
        else:
            self.replies[reference] = note

    def look_up(self, idempotency_key, thread=None):
        kept = self.replies if thread else self.sent
        return next((ref for ref, note in kept.items() if note.idempotency_key == idempotency_key), None)


@dataclass
class TestDesk:
    """A desk with a folder of deliveries that tests fill and spoil."""

    __test__ = False
    home: Path
    drops: Path
    database_url: str
    channel: FakeChannel = field(default_factory=FakeChannel)
    others: dict[str, list] = field(default_factory=dict)  # channels of the other kinds of message
    now: dt.datetime = NOW

    def open(self):
        from tasking.runtime.local import open_services
        from tasking.runtime.settings import Settings

        for computed in COMPUTED:
            computed.install()
        settings = Settings(home=self.home, database_url=self.database_url, drops=self.drops, pseudonym_key="ab" * 32)
        return replace(
            open_services(settings),
            open_channels=lambda kind: [self.channel] if kind == "briefing" else self.others.get(kind, []),
            clock=lambda: self.now,
            retry_policy=HURRIED,
        )

    def path(self, feed: str, day: str) -> Path:
        """Where a feed's delivery of a day is put."""
        from tasking.config.feed import load_feed

        declared = load_feed(self.home / "include" / "feeds" / f"{feed}.yml")
        return self.drops / feed / declared.delivery.file_name(dt.date.fromisoformat(day))

    def put(self, feed: str, day: str, content: bytes) -> Path:
        path = self.path(feed, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        settle(path)
        return path

    def run(self, day: str, **options):
        from tasking import flows

        return flows.run_day(self.open(), dt.date.fromisoformat(day), **options)

    def ledger(self) -> dict[tuple[str, str], dict]:
        rows = self._query("ledger/ledger")
        return {(str(row["day"]), row["feed"]): row for row in rows}

    def held(self) -> list[dict]:
        return self._query("ledger/held")

    def rows(self, table: str) -> list[dict]:
        warehouse = self.open().warehouse
        with warehouse.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(sa.text(f"SELECT * FROM {table}")).mappings()]  # noqa: S608
        warehouse.engine.dispose()
        return rows

    def _query(self, name: str) -> list[dict]:
        warehouse = self.open().warehouse
        rows = warehouse.query(name, first_day=dt.date.min, last_day=dt.date.max)
        warehouse.engine.dispose()
        return rows


def end(process: subprocess.Popen) -> None:
    """Ends a process and those it started, by the group that it leads."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(15)
            return
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return


def settle(*paths: Path) -> None:
    """Makes files look as if they had been there for a while."""
    for path in paths:
        os.utime(path, (0, 0))


def home_for(folder: Path) -> Path:
    """A home with the project's own declarations."""
    shutil.copytree(ROOT / "include", folder / "include")
    return folder


@cache
def _event_loop() -> BlockingPortal:
    return AT_END.enter_context(start_blocking_portal())


def client_of(app, base_url: str = "https://desk.example", **options):
    """Somebody's browser without a browser, which follows no redirect.

    One event loop with its threads serves every client: one of its own would be started anew for each request.
    """
    from fastapi.testclient import TestClient

    client = TestClient(app, base_url=base_url, **{"follow_redirects": False} | options)
    client.portal = _event_loop()
    return client


def pytest_configure(config) -> None:
    config.add_cleanup(AT_END.close)
    COMPUTED[:] = [Computed(config.cache.mkdir("computed"))]


@pytest.fixture(autouse=True)
def _computed(request):
    for computed in COMPUTED:
        computed.is_on = request.node.get_closest_marker("uncached") is None


@pytest.fixture(scope="session")
def prepared(request) -> Prepared:
    return Prepared(request.config.cache.mkdir("prepared"))


def migrate_airflow(folder: Path) -> None:
    """Airflow's own database without anything in it, as airflow.db."""
    environment = os.environ | {
        "AIRFLOW_HOME": str(folder / "home"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow.db'}",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    airflow = Path(sys.executable).with_name("airflow")
    subprocess.run([airflow, "db", "migrate"], env=environment, check=True, capture_output=True)
    shutil.rmtree(folder / "home")


@pytest.fixture(scope="session")
def airflow_database(prepared):
    """airflow_database(folder): puts an empty airflow.db there."""
    return lambda folder: prepared.folder("airflow", migrate_airflow, folder, of=[ROOT / "requirements.txt"])


def migrate(folder: Path) -> None:
    """An empty warehouse with today's tables."""
    from tasking.warehouse import open_warehouse

    open_warehouse(f"sqlite:///{folder / 'tasking.db'}", ROOT / "include" / "sql").engine.dispose()


@pytest.fixture
def desk(tmp_path, prepared) -> TestDesk:
    for computed in COMPUTED:  # the command line opens desks of its own
        computed.install()
    drops = tmp_path / "drops"
    drops.mkdir()
    tables = [ROOT / "src" / "tasking" / "warehouse", ROOT / "requirements.txt"]
    prepared.folder("migrated", migrate, tmp_path, of=tables)
    return TestDesk(home_for(tmp_path / "home"), drops, f"sqlite:///{tmp_path / 'tasking.db'}")


@dataclass(frozen=True)
class Deliveries:
    """What export.py wrote from the labelled fortnight: deliveries, truth.csv and faults.csv."""

    folder: Path

    def faults(self) -> list[dict[str, str]]:
        return _csv(self.folder / "faults.csv")

    def truth(self) -> list[dict[str, str]]:
        return _csv(self.folder / "truth.csv")


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def exported(folder: Path, seed: int) -> Deliveries:
    command = [sys.executable, GOLD / "export.py", GOLD / "dev.jsonl", folder, "--faults", str(seed)]
    subprocess.run(command, check=True, capture_output=True)
    settle(*(path for path in folder.rglob("*") if path.is_file()))
    return Deliveries(folder)


def export_with_faults(folder: Path) -> None:
    exported(folder, 1)


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory, prepared) -> Deliveries:
    """The labelled fortnight with faults, seed 1. Tests copy what they change."""
    return Deliveries(prepared.folder("deliveries", export_with_faults, tmp_path_factory.mktemp("deliveries")))


@pytest.fixture
def desk_with_deliveries(desk, deliveries) -> TestDesk:
    shutil.copytree(deliveries.folder, desk.drops, dirs_exist_ok=True)
    return desk


@pytest.fixture(scope="session")
def faulty(tmp_path_factory, prepared) -> TestDesk:
    """The fortnight with faults, run day by day until 2 November 2026. Tests that change it take a copy."""
    from made_desks import REPLAYED_AT, desk_in, replay_with_faults

    return desk_in(prepared.folder("faulty", replay_with_faults, tmp_path_factory.mktemp("faulty")), REPLAYED_AT)


@pytest.fixture
def briefed(tmp_path, prepared) -> TestDesk:
    """The same at 07:31 on 22 October 2026, whose briefing is made and not posted."""
    from made_desks import brief_a_day, desk_in

    return desk_in(prepared.folder("briefed", brief_a_day, tmp_path))


@contextmanager
def empty_database(kind: str, folder: Path, options: str = "") -> Iterator[str]:
    """The URL of an empty database, `sqlite` or `postgresql`, that is gone afterwards. `options`: of CREATE DATABASE."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'both.db'}"
        return
    name = f"tasking_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} {options}"))
    yield sa.make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def database_url(request, tmp_path) -> Iterator[str]:
    """An empty database of each kind."""
    with empty_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def workspace():
    """A Slack on loopback, and a channel in it."""
    from slack_workspace import slack_workspace

    from tasking.delivery.channels.slack import SlackChannel

    with slack_workspace() as (handler, base_url):
        yield handler, SlackChannel("xoxb-practice", "#csu-briefing", base_url)
