"""Open311 GeoReport v2: the requests of a day, page by page."""

import json
from dataclasses import dataclass
from typing import Any

import httpx
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from tasking.feeds.transports.address import TIMEOUT_S, Address, Request
from tasking.model.delivery import Fetched
from tasking.model.errors import TransportError

_MOST_PAGES = 2000
_MOST_BYTES = 64 * 1024 * 1024  # a page


class _Unwell(Exception):
    """The server answered that it can't just now."""


@dataclass(frozen=True)
class Open311Server:
    """`address.host` is the base URL, or a host name; the password is sent as a bearer token, never in the URL."""

    path: str
    page_size: int
    address: Address

    def fetch(self, request: Request) -> list[Fetched]:
        headers = {"Accept": "application/json"}
        if self.address.password:
            headers["Authorization"] = f"Bearer {self.address.password}"
        try:
            with httpx.Client(base_url=self._base_url(), headers=headers, timeout=TIMEOUT_S) as client:
                records = self._all_pages(client, request)
        except (httpx.HTTPError, _Unwell) as error:
            raise TransportError(
                f"{request.feed}: the Open311 server did not answer ({type(error).__name__})"
            ) from error
        return [Fetched(request.file_name, json.dumps(records, ensure_ascii=False, indent=1).encode())]

    def _base_url(self) -> str:
        host = self.address.host
        if host.startswith(("http://", "https://")):
            return host
        scheme = self.address.extra.get("scheme", "https")
        return f"{scheme}://{host}" + (f":{self.address.port}" if self.address.port else "")

    def _all_pages(self, client: httpx.Client, request: Request) -> list[Any]:
        records: list[Any] = []
        for number in range(1, _MOST_PAGES + 1):
            page = self._page(client, request, number)
            records += page
            if len(page) < self.page_size:
                return records
        raise TransportError(f"{request.feed}: the Open311 server has no last page (stopped after {_MOST_PAGES:,})")

    @retry(
        retry=retry_if_exception_type((httpx.TransportError, _Unwell)),
        stop=stop_after_attempt(3),
        wait=wait_exponential(multiplier=0.5, max=5),
        reraise=True,
    )
    def _page(self, client: httpx.Client, request: Request, number: int) -> list[Any]:
        query = {
            "start_date": f"{request.since:%Y-%m-%dT%H:%M:%SZ}",
            "end_date": f"{request.until:%Y-%m-%dT%H:%M:%SZ}",
            "page": str(number),
            "page_size": str(self.page_size),
        }
        answer = client.get(self.path, params=query)
        if answer.status_code >= 500 or answer.status_code == 429:
            raise _Unwell(str(answer.status_code))
        if answer.status_code != 200:
            raise TransportError(f"{request.feed}: the Open311 server answered {answer.status_code}")
        if len(answer.content) > _MOST_BYTES:
            raise TransportError(f"{request.feed}: the Open311 server sent a page of over {_MOST_BYTES:,} bytes")
        try:
            page = answer.json()
        except json.JSONDecodeError as error:
            raise TransportError(f"{request.feed}: the Open311 server sent a page that is no JSON") from error
        if not isinstance(page, list):
            raise TransportError(f"{request.feed}: the Open311 server sent something else than a list of requests")
        return page
