"""What a transport is told: where to go, and what to bring."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from tasking.model.delivery import Fetched
from tasking.model.errors import TransportError

TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Address:
    """Where a partner's system is and how to get in. Secrets never show in its repr."""

    host: str = ""
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    @staticmethod
    def required(address: "Address | None", feed: str) -> "Address":
        if address is None:
            raise TransportError(
                f"{feed}: no address. In Airflow add the connection feed_{feed}; in a shell set "
                f"TASKING_FEED_{feed.upper()} to its URL, or TASKING_DROPS to a folder of deliveries."
            )
        return address


@dataclass(frozen=True)
class Request:
    """One day's delivery: the name of its file, and the reporting day as two UTC times."""

    feed: str
    file_name: str
    since: datetime
    until: datetime


class Transport(Protocol):
    """Fetches the files of one day."""

    def fetch(self, request: Request) -> list[Fetched]:
        """The files, unchanged; none where the partner has sent none.

        Raises TransportError where the partner can't be reached, DeliveryNotComplete where a file is still being sent.
        """
