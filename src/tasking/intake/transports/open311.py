"""Open311 GeoReport v2: the requests of a day, page by page until there are no more."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from tasking.intake.transports.address import MOST_BYTES, Address, Request
from tasking.intake.transports.clock import Clock
from tasking.intake.transports.http_client import http_client
from tasking.intake.transports.limits import Limit, run_within
from tasking.intake.transports.pages import CollectedPages, NotAPage, Page, error_words, read_page, text_of
from tasking.intake.transports.transport_errors import reason_of, unreachable
from tasking.model.delivery import FetchedFile, FetchResult
from tasking.model.errors import TransportError, traceback_without_values

log = structlog.get_logger(__name__)

_TRIES = 3
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 60.0  # whatever the server asks for
_ASKS_TO_WAIT = (429, 503)
_MOST_HOPS = 5
_BEYOND_S = 60.0


@dataclass(frozen=True)
class Bounds:
    """Where fetching a delivery ends, whatever the server goes on to give."""

    requests: int = 1000
    seconds: float = 300
    bytes: int = MOST_BYTES  # of the delivery, and so of a page


class PageRefused(Exception):
    """The server did not give a page; the message says why, in words."""


class RetryableError(PageRefused):
    """It may give it when it is asked again, in `retry_after_s` where it says so."""

    def __init__(self, words: str, retry_after_s: float | None = None) -> None:
        super().__init__(words)
        self.retry_after_s = retry_after_s


class LimitReached(Exception):
    """A bound is reached; the message says which."""


EXPECTED_ERRORS = (PageRefused, NotAPage, LimitReached)


@dataclass(frozen=True)
class Open311Server:
    """`address.host` is the base URL, or a host name; the password is sent as a bearer token, never in the URL.

    `source_ref` is the key by which a record is known again, dotted where it is nested; without one a record is known
    by all that it says.
    """

    path: str
    page_size: int
    address: Address
    source_ref: str | None = "service_request_id"
    bounds: Bounds = Bounds()
    clock: Clock = field(default_factory=Clock)

    def fetch(self, request: Request) -> FetchResult:
        place = f"open311 {self.address.host} {self.address.port} {self.path}"
        opened: list[httpx.Client] = []
        # The bounds end it, but for a server that gives a byte now and then before its answer begins.
        limit = Limit(self.bounds.seconds + _BEYOND_S)
        try:
            return run_within(
                limit, request.feed, "the Open311 server", place, lambda: self._looked(request, opened), lambda: None
            )
        finally:
            for client in opened:
                client.close()

    def _looked(self, request: Request, opened: list[httpx.Client]) -> FetchResult:
        try:
            client = http_client(request.feed, self.address)
            opened.append(client)
            has_proxy = bool(self.address.extra.get("proxy") or self.address.extra.get("proxies"))
            return self._all_pages(PageClient(client, self.clock, self.bounds, has_proxy), request)
        except TransportError:
            raise
        except Exception as error:  # an address that is none, and what a library meets in an odd answer
            raise unreachable(request.feed, "the Open311 server did not answer", error) from error

    def _all_pages(self, asking: "PageClient", request: Request) -> FetchResult:
        """Every page until one is empty or brings nothing new. A short page says nothing: servers cap pages."""
        collected = CollectedPages()
        first = beside = Page(())
        lacking = ""
        size = self.page_size
        number = 1
        while True:
            try:
                page = asking.page(self.path, self._query(request, number, size), self.source_ref)
                self._bound(collected, page)
            except Exception as error:  # whatever a later page is, those before it are kept
                if number == 1 and isinstance(error, EXPECTED_ERRORS):
                    raise TransportError(f"{request.feed}: the Open311 server {_did(error)}") from error
                if number == 1:
                    raise
                log.warning(
                    "a page did not come", feed=request.feed, page=number, where=traceback_without_values(error)
                )
                lacking = (
                    f"the Open311 server {_did(error)} at page {number}: "
                    f"the {len(collected.records):,} requests before it are here, what follows is not"
                )
                break
            goes_on = collected.add(page)
            if number == 1:
                first = page
            elif number == 2 and len(first.records) < size and page.references != first.references:
                between = self._between(asking, request, len(first.records))
                if collected.has_new(between):
                    size, beside, goes_on = len(first.records), page, True
                    collected = CollectedPages()
                    collected.add(first)
                    collected.add(between)
            if not goes_on:
                break
            number += 1
        if not collected.records and not lacking:
            lacking = self._elsewhere(asking, request, collected)
        try:
            self._bound(collected, beside)
            collected.add(beside)
        except LimitReached as error:
            lacking = lacking or f"the Open311 server {error}: not all of what it gave is here"
        if not lacking and collected.lacks:
            lacking = (
                f"the Open311 server says that it has {collected.total:,} requests, and gave {collected.lacks:,} fewer"
            )
        file = FetchedFile(request.file_name, collected.content(), note=collected.note, lacking=lacking)
        return FetchResult((file,))

    def _bound(self, collected: CollectedPages, page: Page) -> None:
        """Raises LimitReached where a delivery would be larger with this page than the reader takes."""
        if collected.size_with(page) + len("[]\n") > self.bounds.bytes:
            raise LimitReached(f"gives more than {self.bounds.bytes:,} bytes (file.max_bytes)")

    def _elsewhere(self, asking: "PageClient", request: Request, collected: CollectedPages) -> str:
        """Where page 1 is empty, whether page 0 or 2 is too: a server may count from 0. Returns what to do, if not."""
        for number in (0, 2):
            try:
                page = asking.page(self.path, self._query(request, number, self.page_size), self.source_ref)
                self._bound(collected, page)
            except Exception as error:  # a server that knows no such page says so in its own way
                log.info("no such page", feed=request.feed, page=number, where=traceback_without_values(error))
                continue
            if collected.add(page):
                return (
                    f"the Open311 server gives nothing on page 1 and {len(collected.records):,} requests on page "
                    f"{number}: it may count its pages in another way, and there may be more"
                )
        return ""

    def _between(self, asking: "PageClient", request: Request, size: int) -> Page:
        """The second page in the size that the server gave the first in.

        A server that gives 100 at a time may still skip the 200 that were asked for: this page has what is between.
        """
        try:
            return asking.page(self.path, self._query(request, 2, size), self.source_ref)
        except (*EXPECTED_ERRORS, httpx.HTTPError) as error:
            log.warning("a page did not come again", feed=request.feed, where=traceback_without_values(error))
            return Page(())

    def _query(self, request: Request, number: int, size: int) -> dict[str, str]:
        return {
            "start_date": f"{request.since_with_look_back:%Y-%m-%dT%H:%M:%SZ}",
            "end_date": f"{request.until:%Y-%m-%dT%H:%M:%SZ}",
            "page": str(number),
            "page_size": str(size),
        }


def _did(error: Exception) -> str:
    if isinstance(error, NotAPage):
        return f"sent {error}"
    return str(error) if isinstance(error, EXPECTED_ERRORS) else f"did not answer ({reason_of(error)})"


class PageClient:
    """Asks a server within bounds, again where it is unwell."""

    def __init__(self, client: httpx.Client, clock: Clock, bounds: Bounds, has_proxy: bool = False) -> None:
        self.client, self.clock, self.bounds, self.has_proxy = client, clock, bounds, has_proxy
        self.requests = 0
        self.started_s = clock.elapsed_s()

    def page(self, path: str, query: dict[str, str], source_ref: str | None) -> Page:
        """A page. Raises PageRefused, NotAPage or LimitReached."""
        asking: Retrying = Retrying(
            retry=retry_if_exception_type(RetryableError),
            stop=stop_after_attempt(_TRIES),
            wait=self._pause_s,
            sleep=self.clock.sleep,
            reraise=True,
        )
        return asking(self._page, path, query, source_ref)

    def _pause_s(self, state: RetryCallState) -> float:
        """The server's Retry-After, or exponential back-off; at most the time that is left. Raises LimitReached."""
        error = state.outcome.exception() if state.outcome else None
        told_s = error.retry_after_s if isinstance(error, RetryableError) else None
        pause_s = _FIRST_PAUSE_S * 2 ** (state.attempt_number - 1) if told_s is None else told_s
        return min(pause_s, _LONGEST_PAUSE_S, self._seconds_left())

    def _page(self, path: str, query: dict[str, str], source_ref: str | None) -> Page:
        try:
            status, headers, content = self._answer(path, query)
        except httpx.RequestError as error:
            by_way_of = " through the proxy of the connection" if self.has_proxy else ""
            raise RetryableError(f"did not answer{by_way_of} ({reason_of(error)})") from error
        if status in (204, 205) or (status in (404, 410, 416) and query["page"] != "1"):
            return Page(())  # no such page: there are no more
        if status != 200:
            said = error_words(content)
            words = _STATUS_WORDS.get(status, "answered") + f" ({status}{', ' + said if said else ''})"
            if status >= 500 or status in (408, 425, 429):
                told_s = _retry_after_s(headers) if status in _ASKS_TO_WAIT else None
                how = "it asks us to slow down" if status == 429 else "it is not well"
                raise RetryableError(f"did not answer: {how} {words.removeprefix('answered ')}", told_s)
            raise PageRefused(words)
        page = read_page(text_of(content), source_ref)
        if page.total is None:
            told = headers.get("x-total-count", "")
            page = Page(page.records, int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None)
        return page

    def _answer(self, path: str, query: dict[str, str]) -> tuple[int, httpx.Headers, bytes]:
        """An answer's status, headers and body; redirects are followed on the same host only, as the key goes along."""
        asked = self.client.build_request("GET", path, params=query)
        for _ in range(_MOST_HOPS):
            self._count()
            answer = self.client.send(asked, stream=True)
            try:
                if answer.next_request is None:
                    return answer.status_code, answer.headers, self._body(answer)
                onward = answer.next_request
            finally:
                answer.close()
            here, there = asked.url, onward.url
            is_upgrade = (here.scheme, here.port, there.scheme, there.port) == ("http", None, "https", None)
            if there.host != here.host or not (is_upgrade or (there.scheme, there.port) == (here.scheme, here.port)):
                raise PageRefused("sends us to another host, which we do not follow: check the address")
            for name, value in asked.headers.items():
                if name.casefold() == "authorization":
                    onward.headers[name] = value
            asked = onward
        raise PageRefused("sends us in circles: check the address")

    def _body(self, answer: httpx.Response) -> bytes:
        pieces = []
        size = 0
        for piece in answer.iter_bytes():
            size += len(piece)
            pieces.append(piece)
            if size > self.bounds.bytes:
                raise PageRefused(f"sent a page of over {self.bounds.bytes:,} bytes (file.max_bytes)")
            self._seconds_left()
        return b"".join(pieces)

    def _count(self) -> None:
        self._seconds_left()
        if self.requests >= self.bounds.requests:
            raise LimitReached(f"has no last page: we stopped after {self.bounds.requests:,} requests")
        self.requests += 1

    def _seconds_left(self) -> float:
        left = self.bounds.seconds - (self.clock.elapsed_s() - self.started_s)
        if left <= 0:
            raise LimitReached(f"took too long: we stopped after {self.bounds.seconds:,.0f} seconds")
        return left


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The seconds after which a server asks to come again; None where it says none, or a date."""
    told = re.fullmatch(r"([0-9]{1,9})", headers.get("retry-after", "").strip())
    return float(told[1]) if told else None


_STATUS_WORDS = {
    401: "refused our key: check the connection's password",
    403: "refused our key or what we ask for: ask the partner what the key may read, and from which address",
    404: "has nothing at that path: check the address and `path`",
    405: "takes no question at that path: check the address and `path`",
    407: "was not asked, as the proxy of this machine wants a login: check the extra `proxy`",
    410: "has given up that path: ask the partner for the new address",
}
