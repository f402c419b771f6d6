"""A connection that is not there, and an Airflow that does not say: two answers, of which only one is None."""

from dataclasses import fields
from types import SimpleNamespace

import pytest
from airflow.exceptions import AirflowException, AirflowNotFoundException
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ErrorResponse

from tasking.runtime import airflow_connections
from tasking.runtime.settings import Settings


@pytest.fixture
def airflow_says(monkeypatch):
    """airflow_says(error): what the API server answers a task that asks for a connection."""

    def not_found(_name):
        raise AirflowNotFoundException  # which Airflow's own look-up makes of whatever went wrong

    monkeypatch.setattr(BaseHook, "get_connection", not_found)

    def of(error: ErrorType) -> None:
        comms = SimpleNamespace(send=lambda _asked: ErrorResponse(error=error))
        monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", comms, raising=False)

    return of


def test_a_connection_that_is_not_there_is_none(airflow_says):
    airflow_says(ErrorType.CONNECTION_NOT_FOUND)
    assert airflow_connections._lookup("feed_police") is None


@pytest.mark.parametrize("error", [ErrorType.API_SERVER_ERROR, ErrorType.GENERIC_ERROR])
def test_an_api_server_that_does_not_answer_is_no_missing_connection(airflow_says, error):
    airflow_says(error)
    with pytest.raises(AirflowException, match="does not say whether it has the connection slack_briefing"):
        airflow_connections._lookup("slack_briefing")


def test_every_secret_of_a_channel_may_be_a_connection(monkeypatch, tmp_path):
    (tmp_path / "include").mkdir()
    held = SimpleNamespace(password="p", host="mail.example", port=25, login="l", extra_dejson={})
    is_there = lambda name, _partnership: held if name.endswith("_briefing") else None  # noqa: E731
    monkeypatch.setattr(airflow_connections, "find_connection", is_there)
    found = airflow_connections.channel_addresses(Settings(home=tmp_path))
    secrets = [one.name for one in fields(found) if not one.repr]
    assert {"slack_token", "teams_webhook"} <= set(secrets)
    assert {name: getattr(found, name) for name in secrets} == dict.fromkeys(secrets, "p")
    assert found.mail_server.host == "mail.example"


def test_where_nobody_can_be_asked_further_it_is_not_there(monkeypatch):
    def not_found(_name):
        raise AirflowNotFoundException

    monkeypatch.setattr(BaseHook, "get_connection", not_found)
    monkeypatch.delattr(task_runner, "SUPERVISOR_COMMS", raising=False)
    assert airflow_connections._lookup("feed_police") is None
