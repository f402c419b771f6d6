"""Where a feed is fetched from: a folder of deliveries, or its own transport at an address. Imports nothing heavy."""

import os
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tasking.config.feed import Feed
from tasking.intake.transports import Address, Transport, open_drops, open_transport
from tasking.runtime.settings import Settings


def transports(settings: Settings, address_of: Callable[[Feed], Address | None]) -> Callable[[Feed], Transport]:
    """A function that opens the transport of a feed."""

    def of(feed: Feed) -> Transport:
        if settings.deliveries is not None:
            return open_drops(feed, settings.deliveries)
        return open_transport(feed, address_of(feed), settings.base)

    return of


def addresses_from_environment(partnership: str | None) -> Callable[[Feed], Address | None]:
    """TASKING_FEED_<FEED>, or TASKING_<PARTNERSHIP>__FEED_<FEED>: sftp://user:password@host:22?host_key=ssh-ed25519%20AAAA

    If there are several partnerships, each has only the addresses given under its own name.
    """
    prefix = f"TASKING_{partnership.upper()}__FEED_" if partnership else "TASKING_FEED_"

    def of(feed: Feed) -> Address | None:
        url = os.environ.get(prefix + feed.feed.upper())
        return address_of_url(url) if url else None

    return of


def address_of_url(url: str) -> Address:
    """An address from a URL. For http(s) the host is the base URL, and the password a bearer token."""
    parts = urlsplit(url)
    extra: dict[str, Any] = dict(parse_qsl(parts.query))
    if "use_ssl" in extra:
        extra["use_ssl"] = extra["use_ssl"].casefold() not in ("false", "0", "no")
    host = parts.hostname or ""
    if parts.scheme in ("http", "https"):
        port = f":{parts.port}" if parts.port else ""
        base = f"{parts.scheme}://{host}{port}{parts.path}"
        return Address(base, password=unquote(parts.password or "") or None, extra=extra)
    return Address(
        host=host,
        port=parts.port,
        login=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        extra=extra,
    )
