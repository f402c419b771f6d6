"""Opens the channels that the partnership names. To add a channel, add a line to OPENERS."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import structlog

from tasking.delivery.channels import (
    Channel,
    ConsoleChannel,
    FolderChannel,
    MailChannel,
    MailServer,
    UnopenedChannel,
)
from tasking.model.errors import DeclarationError, TaskingError, traceback_without_values
from tasking.model.partnership import Channels, Partnership
from tasking.runtime.settings import Settings

_SECURITY: Final = {"smtp": "starttls", "smtps": "tls", "smtp+plain": "none"}
log = structlog.get_logger(__name__)

_PORT: Final = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


@dataclass(frozen=True)
class Addresses:
    """Tokens and addresses of channels, from the environment or from Airflow's connections."""

    home: Path
    slack_token: str | None = field(default=None, repr=False)
    slack_base_url: str | None = None
    has_listener: bool = False
    teams_webhook: str | None = field(default=None, repr=False)
    mail_server: MailServer | None = None
    mail_fault: str = ""  # why there is no mail server, where its address can't be read


def addresses_of(settings: Settings) -> Addresses:
    """The addresses in the environment. A wrong mail server address does not affect the others."""
    mail_server, mail_fault = None, ""
    try:
        mail_server = mail_server_of(settings.smtp_url.get_secret_value()) if settings.smtp_url else None
    except DeclarationError as error:
        mail_fault = str(error)
    return Addresses(
        home=settings.base,
        slack_token=_secret(settings.slack_bot_token),
        slack_base_url=settings.slack_base_url,
        has_listener=settings.slack_app_token is not None,
        teams_webhook=_secret(settings.teams_webhook),
        mail_server=mail_server,
        mail_fault=mail_fault,
    )


def channels_that_open(
    names: Sequence[str], partnership: Partnership, addresses: Callable[[], Addresses]
) -> list[Channel]:
    """The channels of these names. One that cannot be opened becomes an UnopenedChannel, which fails when it is used.

    So a channel without a token does not stop the others, and posting reports it.
    """
    channels: list[Channel] = []
    for name in names:
        try:
            channels += open_channels([name], partnership, addresses())
        except TaskingError as error:
            channels.append(UnopenedChannel(name, str(error)))
        except Exception as error:  # a fault in opening one channel must not stop the others
            log.error("a channel could not be opened", channel=name, where=traceback_without_values(error))
            channels.append(UnopenedChannel(name, f"could not be opened ({type(error).__name__})"))
    return channels


def open_channels(names: Sequence[str], partnership: Partnership, addresses: Addresses) -> list[Channel]:
    """The channels of these names, `slack` or `slack:#csu-ops`. Raises DeclarationError where one can't be opened."""
    channels = []
    for name in names:
        kind, _, address = name.partition(":")
        if kind not in OPENERS:
            raise DeclarationError(
                f"partnership.yml: channels: {name!r} is no channel; there are: {', '.join(sorted(OPENERS))}"
            )
        channels.append(OPENERS[kind](name, address, partnership, addresses))
    return channels


def _console(name: str, _address: str, _partnership: Partnership, _addresses: Addresses) -> Channel:
    return ConsoleChannel(name)


def _folder(name: str, address: str, partnership: Partnership, addresses: Addresses) -> Channel:
    return FolderChannel(addresses.home / (address or partnership.channels.folder), name)


def _slack(name: str, address: str, partnership: Partnership, addresses: Addresses) -> Channel:
    from tasking.delivery.channels.slack import SlackChannel

    if not addresses.slack_token:
        raise DeclarationError("partnership.yml names slack, but there is no bot token: set TASKING_SLACK_BOT_TOKEN")
    base: dict[str, Any] = {"base_url": addresses.slack_base_url} if addresses.slack_base_url else {}
    has_buttons = addresses.has_listener and bool(partnership.people)
    channel = address or partnership.channels.slack_channel
    return SlackChannel(addresses.slack_token, channel, name=name, has_buttons=has_buttons, **base)


def _teams(name: str, _address: str, _partnership: Partnership, addresses: Addresses) -> Channel:
    from tasking.delivery.channels.teams import TeamsChannel

    if not addresses.teams_webhook:
        raise DeclarationError("partnership.yml names teams, but there is no webhook: set TASKING_TEAMS_WEBHOOK")
    return TeamsChannel(addresses.teams_webhook, name)


def _mail(name: str, address: str, partnership: Partnership, addresses: Addresses) -> Channel:
    declared: Channels = partnership.channels
    recipients = [address] if address else declared.mail_to
    if addresses.mail_server is None:
        raise DeclarationError(
            addresses.mail_fault or "partnership.yml names email, but there is no server: set TASKING_SMTP_URL"
        )
    if not recipients:
        raise DeclarationError("partnership.yml names email, but channels.mail_to is empty")
    return MailChannel(addresses.mail_server, declared.mail_from, recipients, name)


OPENERS: Final[dict[str, Callable[[str, str, Partnership, Addresses], Channel]]] = {
    "console": _console,
    "file": _folder,
    "slack": _slack,
    "teams": _teams,
    "email": _mail,
}


def mail_server_of(url: str) -> MailServer:
    """A mail server from a URL: smtp:// (STARTTLS), smtps:// (TLS from the start), smtp+plain:// (loopback only)."""
    parts = urlsplit(url)
    if parts.scheme not in _SECURITY or not parts.hostname:
        raise DeclarationError("TASKING_SMTP_URL is no address like smtp://login:password@host:587")
    return MailServer(
        host=parts.hostname,
        port=parts.port or _PORT[parts.scheme],
        login=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        security=_SECURITY[parts.scheme],
    )


def _secret(value: Any) -> str | None:
    return value.get_secret_value() if value else None
