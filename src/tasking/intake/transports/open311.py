"""Fetches the requests of a day from an Open311 GeoReport v2 server, page by page."""

from dataclasses import dataclass, field

import httpx
import structlog

from tasking.intake.transports.address import Address, Request
from tasking.intake.transports.clock import Clock
from tasking.intake.transports.http_client import http_client
from tasking.intake.transports.limits import Limit, run_within
from tasking.intake.transports.open311_client import EXPECTED_ERRORS, Bounds, LimitReached, PageClient
from tasking.intake.transports.pages import CollectedPages, NotAPage, Page
from tasking.intake.transports.transport_errors import reason_of, unreachable
from tasking.model.delivery import FetchedFile, FetchResult
from tasking.model.errors import TransportError, traceback_without_values

log = structlog.get_logger(__name__)

_BEYOND_S = 60.0


@dataclass(frozen=True)
class Open311Server:
    """`address.host` is the base URL, or a host name; the password is sent as a bearer token, never in the URL.

    `source_ref` is the key of a record's reference, dotted if it is nested; without it, records are equal only if their
    whole text is.
    """

    path: str
    page_size: int
    address: Address
    source_ref: str | None = "service_request_id"
    bounds: Bounds = field(default_factory=Bounds)
    clock: Clock = field(default_factory=Clock)

    def fetch(self, request: Request) -> FetchResult:
        place = f"open311 {self.address.host} {self.address.port} {self.path}"
        opened: list[httpx.Client] = []
        # Bounds are checked between pieces; this limit is for a server that sends next to nothing.
        limit = Limit(self.bounds.seconds + _BEYOND_S)
        try:
            return run_within(
                limit,
                request.feed,
                "the Open311 server",
                place,
                lambda: self._fetch_pages(request, opened),
                lambda: None,
            )
        finally:
            for connection in opened:
                connection.close()

    def _fetch_pages(self, request: Request, opened: list[httpx.Client]) -> FetchResult:
        try:
            connection = http_client(request.feed, self.address)
            opened.append(connection)
            has_proxy = bool(self.address.extra.get("proxy") or self.address.extra.get("proxies"))
            return self._all_pages(PageClient(connection, self.clock, self.bounds, has_proxy), request)
        except TransportError:
            raise
        except Exception as error:  # an invalid address, or an answer that a library can't parse
            raise unreachable(request.feed, "the Open311 server did not answer", error) from error

    def _all_pages(self, client: PageClient, request: Request) -> FetchResult:
        """Fetches pages until one is empty or brings nothing new. A short page is not the last: servers cap page
        sizes."""
        collected = CollectedPages()
        first = beside = Page(())
        lacking = ""
        size = self.page_size
        number = 1
        while True:
            try:
                page = client.page(self.path, self._query(request, number, size), self.source_ref)
                self._check_size(collected, page)
            except Exception as error:  # the pages before a faulty one are kept
                if number == 1 and isinstance(error, EXPECTED_ERRORS):
                    raise TransportError(f"{request.feed}: the Open311 server {_failure_words(error)}") from error
                if number == 1:
                    raise
                log.warning(
                    "a page did not come", feed=request.feed, page=number, where=traceback_without_values(error)
                )
                lacking = (
                    f"the Open311 server {_failure_words(error)} at page {number}: "
                    f"the {len(collected.records):,} requests before it are here, what follows is not"
                )
                break
            goes_on = collected.add(page)
            if number == 1:
                first = page
            elif number == 2 and len(first.records) < size and page.references != first.references:
                between = self._skipped_page(client, request, len(first.records))
                if collected.has_new(between):
                    size, beside, goes_on = len(first.records), page, True
                    collected = CollectedPages()
                    collected.add(first)
                    collected.add(between)
            if not goes_on:
                break
            number += 1
        if not collected.records and not lacking:
            lacking = self._try_other_first_pages(client, request, collected)
        try:
            self._check_size(collected, beside)
            collected.add(beside)
        except LimitReached as error:
            lacking = lacking or f"the Open311 server {error}: not all of what it gave is here"
        if not lacking and (missing := collected.missing_count):
            lacking = f"the Open311 server says that it has {collected.total:,} requests, and gave {missing:,} fewer"
        file = FetchedFile(request.file_name, collected.content(), note=collected.note, lacking=lacking)
        return FetchResult((file,))

    def _check_size(self, collected: CollectedPages, page: Page) -> None:
        """Raises LimitReached if this page would make the delivery larger than the reader accepts."""
        if collected.size_with(page) + len("[]\n") > self.bounds.bytes:
            raise LimitReached(f"gives more than {self.bounds.bytes:,} bytes (file.max_bytes)")

    def _try_other_first_pages(self, client: PageClient, request: Request, collected: CollectedPages) -> str:
        """Looks at pages 0 and 2 if page 1 is empty: a server may count from 0. Returns what is lacking, in words."""
        for number in (0, 2):
            try:
                page = client.page(self.path, self._query(request, number, self.page_size), self.source_ref)
                self._check_size(collected, page)
            except Exception as error:  # servers answer differently for a page that does not exist
                log.info("no such page", feed=request.feed, page=number, where=traceback_without_values(error))
                continue
            if collected.add(page):
                return (
                    f"the Open311 server gives nothing on page 1 and {len(collected.records):,} requests on page "
                    f"{number}: it may count its pages in another way, and there may be more"
                )
        return ""

    def _skipped_page(self, client: PageClient, request: Request, size: int) -> Page:
        """The second page, requested with the size of the first page that the server sent.

        A server that sends 100 at most may still skip the 200 that were requested: this page has those in between.
        """
        try:
            return client.page(self.path, self._query(request, 2, size), self.source_ref)
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


def _failure_words(error: Exception) -> str:
    if isinstance(error, NotAPage):
        return f"sent {error}"
    return str(error) if isinstance(error, EXPECTED_ERRORS) else f"did not answer ({reason_of(error)})"
