"""A connection that is not there, and an Airflow that does not say: two answers, of which only one is None."""

from types import SimpleNamespace

import pytest
from airflow.exceptions import AirflowException, AirflowNotFoundException
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ErrorResponse

from tasking.runtime import airflow_connections


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


def test_where_nobody_can_be_asked_further_it_is_not_there(monkeypatch):
    def not_found(_name):
        raise AirflowNotFoundException

    monkeypatch.setattr(BaseHook, "get_connection", not_found)
    monkeypatch.delattr(task_runner, "SUPERVISOR_COMMS", raising=False)
    assert airflow_connections._lookup("feed_police") is None
