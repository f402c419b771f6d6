"""Airflow's own runs and logs go when their time has come; what is younger stays."""

import datetime as dt
import os

import pytest
import sqlalchemy as sa

from tasking.model.errors import TaskingError
from tasking.runtime.housekeeping import purge_airflow

TODAY = dt.date(2026, 11, 20)
DAYS = 90  # as include/partnership.yml says


@pytest.fixture
def airflow(desk, tmp_path, monkeypatch, airflow_database):
    """An Airflow with an old and a young entry of its log, and an old and a young task log."""
    home, database = tmp_path / "airflow", f"sqlite:///{tmp_path / 'airflow.db'}"
    monkeypatch.setenv("AIRFLOW_HOME", str(home))
    monkeypatch.setenv("TASKING_HOME", str(desk.home))
    airflow_database(tmp_path)
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        for name, days in (("old", DAYS + 1), ("young", DAYS - 1)):
            at = dt.datetime.combine(TODAY, dt.time(12)) - dt.timedelta(days=days)
            connection.execute(
                sa.text("INSERT INTO log (dttm, event) VALUES (:at, :name)"), {"at": str(at), "name": name}
            )
            path = home / "logs" / "dag_id=feed_police" / name / "attempt=1.log"
            path.parent.mkdir(parents=True)
            path.write_text("a task began")
            stamp = dt.datetime.now().timestamp() - days * 86_400  # noqa: DTZ005 - a file's own time
            os.utime(path, (stamp, stamp))
    yield database, engine, home / "logs"
    engine.dispose()


def events(engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(sa.text("SELECT event FROM log")).scalars()) & {"old", "young"}


def test_what_is_old_goes_and_what_is_young_stays(airflow, monkeypatch):
    database, engine, logs = airflow
    monkeypatch.setenv("TASKING_AIRFLOW_DATABASE_URL", database)
    # So a task of Airflow sees it.
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "airflow-db-not-allowed:///")
    said = purge_airflow(TODAY)
    assert said[0] == "1 old task logs removed"
    assert [path.parent.name for path in logs.rglob("*.log")] == ["young"]
    assert not (logs / "dag_id=feed_police" / "old").exists()
    assert events(engine) == {"young"}


def test_a_database_that_is_not_told_is_said(airflow, monkeypatch):
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "airflow-db-not-allowed:///")
    assert "TASKING_AIRFLOW_DATABASE_URL is not set" in purge_airflow(TODAY)[1]
    assert events(airflow[1]) == {"old", "young"}


def test_a_database_that_is_none_is_a_failure(airflow, monkeypatch, tmp_path):
    monkeypatch.setenv("TASKING_AIRFLOW_DATABASE_URL", f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    with pytest.raises(TaskingError, match="airflow db clean failed"):
        purge_airflow(TODAY)
