"""What a transport is told: where to go, and what to bring."""

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
MOST_BYTES = 256 * 1024 * 1024  # of one file where the feed does not declare file.max_bytes; a larger one is named


@dataclass(frozen=True)
class Address:
    """Where a partner's system is and how to get in. Secrets never show in its repr."""

    host: str = ""
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    def host_name(self, feed: str) -> str:
        """The host, where it is a name and nothing else. Raises TransportError."""
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

    `earlier_names`: the files of the days before that are asked for too, newest first, and `look_back_days` how many
    days that is; both from the declaration's `look_back`.
    """

    feed: str
    file_name: str
    since: datetime
    until: datetime
    earlier_names: tuple[str, ...] = ()
    look_back_days: int = 0

    @classmethod
    def of_day(cls, feed: "Feed", day: date, calendar: MeetingCalendar) -> "Request":
        """What a feed is asked for a reporting day."""
        return cls(
            feed=feed.feed,
            file_name=feed.delivery.file_name(day),
            since=calendar.starts_at(day - timedelta(days=1)),
            until=calendar.starts_at(day),
            # A server is asked for more days; files of other days are asked for by name where the feed sends files.
            earlier_names=() if feed.delivery.transport.kind == "open311" else feed.delivery.earlier_names(day),
            look_back_days=feed.delivery.look_back,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Every file name that is asked for, each once, the day's own first."""
        return tuple(dict.fromkeys((self.file_name, *self.earlier_names)))

    @property
    def since_with_look_back(self) -> datetime:
        """`since`, or as many days earlier as the feed looks back."""
        return self.since - timedelta(days=self.look_back_days)


class Transport(Protocol):
    """Fetches the files of one day. It may be asked from any thread, often, and by several at once.

    A look closes what it opens and ends by itself: after `limits.LOOK_S` where nothing is there to take.
    """

    def fetch(self, request: Request) -> FetchResult:
        """The files, unchanged, and what came and could not be taken; both empty where the partner has sent nothing.

        Where nothing was found, near misses stand among what came, and `hints` say what is odd about the place.

        Raises TransportError where we could not look (and says why), DeliveryNotComplete where a file is still being
        sent. Nothing else, whatever the server does.
        """
