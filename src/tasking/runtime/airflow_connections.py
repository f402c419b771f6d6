"""Addresses and secrets of feeds and channels, from Airflow's connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow.exceptions import AirflowException, AirflowNotFoundException
from airflow.sdk import BaseHook

from tasking.config.feed import Feed
from tasking.runtime.settings import Settings

if TYPE_CHECKING:
    from tasking.intake.transports import Address
    from tasking.runtime.channels import Addresses

SLACK_CONNECTION: Final = "slack_briefing"
TEAMS_CONNECTION: Final = "teams_briefing"
MAIL_CONNECTION: Final = "smtp_briefing"


def channel_addresses(settings: Settings) -> Addresses:
    """Bot token, webhook and mail server from Airflow's connections, else from the environment.

    Where several partnerships share a deployment, each may have its own connection (`<name>__slack_briefing`).
    """
    from dataclasses import replace

    from tasking.delivery.channels import MailServer
    from tasking.runtime.channels import addresses_of

    name = settings.partnership
    addresses = addresses_of(settings)
    if slack := find_connection(SLACK_CONNECTION, name):
        base = slack.extra_dejson.get("base_url") or addresses.slack_base_url
        has_listener = addresses.has_listener or bool(slack.extra_dejson.get("has_listener"))
        addresses = replace(addresses, slack_token=slack.password, slack_base_url=base, has_listener=has_listener)
    if teams := find_connection(TEAMS_CONNECTION, name):
        addresses = replace(addresses, teams_webhook=teams.password)
    if mail := find_connection(MAIL_CONNECTION, name):
        server = MailServer(
            mail.host or "localhost", mail.port or 587, mail.login, mail.password,
            mail.extra_dejson.get("security", "starttls"),
        )  # fmt: skip
        addresses = replace(addresses, mail_server=server)
    return addresses


def feed_address(partnership: str | None, feed: Feed) -> Address | None:
    """The address in the connection `feed_<feed>`, or for one of several partnerships `<partnership>__feed_<feed>`."""
    from tasking.intake.transports import Address

    connection = _lookup(f"{partnership}__feed_{feed.feed}" if partnership else f"feed_{feed.feed}")
    if connection is None:
        return None
    return Address(
        host=connection.host or "",
        port=connection.port,
        login=connection.login,
        password=connection.password,
        extra=dict(connection.extra_dejson) | ({"scheme": connection.schema} if connection.schema else {}),
    )


def find_connection(name: str, partnership: str | None) -> Any:
    """The partnership's own connection (`<partnership>__<name>`), else the shared one; None if there is neither."""
    own = _lookup(f"{partnership}__{name}") if partnership else None
    return own or _lookup(name)


def _lookup(name: str) -> Any:
    """The connection, or None if there is none. Raises AirflowException if Airflow cannot say.

    Airflow's own look-up reports a connection as not found when its API server does not answer; the briefing would then
    go to the console, and a partner would have no address.
    """
    try:
        return BaseHook.get_connection(name)
    except AirflowNotFoundException:
        from airflow.sdk.exceptions import ErrorType
        from airflow.sdk.execution_time import task_runner
        from airflow.sdk.execution_time.comms import ErrorResponse, GetConnection

        comms = getattr(task_runner, "SUPERVISOR_COMMS", None)  # in a task and in the triggerer
        answer = comms.send(GetConnection(conn_id=name)) if comms else None
        if isinstance(answer, ErrorResponse) and answer.error != ErrorType.CONNECTION_NOT_FOUND:
            raise AirflowException(f"Airflow does not say whether it has the connection {name}.") from None
        return None
