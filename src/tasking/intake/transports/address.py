"""The interface of transports: the address, the request, and what `fetch` promises."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from tasking.model.day import MeetingCalendar
from tasking.model.delivery import FetchResult
from tasking.model.errors import TransportError

if TYPE_CHECKING:
    from tasking.config.feed import Feed

TIMEOUT_S = 30.0
MOST_BYTES = 256 * 1024 * 1024  # of one file, if the feed does not declare file.max_bytes


@dataclass(frozen=True)
class Address:
    """The host and credentials of a partner's system. Its repr shows no secrets."""

    host: str = ""
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    def host_name(self, feed: str) -> str:
        """The host. Raises TransportError if it is missing, or more than a name."""
        host = self.host.strip()
        if not host:
            raise TransportError(f"{feed}: the connection has no host: give the name of the partner's server")
        if re.search(r"[\s/@\\]", host) or re.fullmatch(r"[^:]*:\d+", host):
            raise TransportError(
                f"{feed}: the connection's host is more than a name: give the name alone, without a scheme, a login "
                "or a folder; the port has a field of its own"
            )
        return host

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
    """One day's delivery: the name of its file, and the reporting day as two UTC times.

    `earlier_names`: the wanted files of the days before, newest first; `look_back_days`: how many days. Both come from
    the declaration's `look_back`.
    """

    feed: str
    file_name: str
    since: datetime
    until: datetime
    earlier_names: tuple[str, ...] = ()
    look_back_days: int = 0

    @classmethod
    def of_day(cls, feed: "Feed", day: date, calendar: MeetingCalendar) -> "Request":
        """The request for a feed's delivery of a reporting day."""
        return cls(
            feed=feed.feed,
            file_name=feed.delivery.file_name(day),
            since=calendar.starts_at(day - timedelta(days=1)),
            until=calendar.starts_at(day),
            # An Open311 server is asked for a longer period, other transports for files by name.
            earlier_names=() if feed.delivery.transport.kind == "open311" else feed.delivery.earlier_names(day),
            look_back_days=feed.delivery.look_back,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """All wanted file names, the day's own first, without duplicates."""
        return tuple(dict.fromkeys((self.file_name, *self.earlier_names)))

    @property
    def since_with_look_back(self) -> datetime:
        """`since`, minus the days that the feed looks back."""
        return self.since - timedelta(days=self.look_back_days)


class Transport(Protocol):
    """Fetches the files of one day. It may be called often, from any thread, and concurrently.

    A fetch closes what it opens, and ends by itself: after `limits.LOOK_S` if there is nothing to fetch.
    """

    def fetch(self, request: Request) -> FetchResult:
        """The files, unchanged, and the names of those that could not be taken; both empty if nothing came.

        If no file was found, `not_taken` includes near misses, and `hints` say what may be wrong with the place.

        Raises TransportError, with the reason, if the place could not be searched, and DeliveryNotComplete if a file is
        still being sent; no other error, whatever the server does.
        """
