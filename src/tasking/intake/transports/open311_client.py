"""Requests single pages of an Open311 server, within bounds and with retries."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from tasking.intake.transports.address import MOST_BYTES
from tasking.intake.transports.clock import Clock
from tasking.intake.transports.page_json import error_words, read_page, text_of
from tasking.intake.transports.pages import NotAPage, Page
from tasking.intake.transports.transport_errors import reason_of

_TRIES = 3
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 60.0  # even if the server asks for more
_ASKS_TO_WAIT = (429, 503)
_MOST_HOPS = 5


@dataclass(frozen=True)
class Bounds:
    """SearchLimit on fetching one delivery."""

    requests: int = 1000
    seconds: float = 300
    bytes: int = MOST_BYTES  # of the whole delivery


class PageRefused(Exception):
    """The server did not send a page; the message says why."""


class RetryableError(PageRefused):
    """The server may give the page when it is asked again, after `retry_after_s` if it says so."""

    def __init__(self, words: str, retry_after_s: float | None = None) -> None:
        super().__init__(words)
        self.retry_after_s = retry_after_s


class LimitReached(Exception):
    """A limit was reached; the message says which."""


EXPECTED_ERRORS = (PageRefused, NotAPage, LimitReached)


class PageClient:
    """Requests pages from a server within bounds, and retries while the server is overloaded or out of order."""

    def __init__(self, client: httpx.Client, clock: Clock, bounds: Bounds, has_proxy: bool = False) -> None:
        self.client, self.clock, self.bounds, self.has_proxy = client, clock, bounds, has_proxy
        self.requests = 0
        self.started_s = clock.elapsed_s()

    def page(self, path: str, query: dict[str, str], source_ref: str | None) -> Page:
        """Requests one page and parses it. Raises PageRefused, NotAPage or LimitReached."""
        retrying: Retrying = Retrying(
            retry=retry_if_exception_type(RetryableError),
            stop=stop_after_attempt(_TRIES),
            wait=self._pause_s,
            sleep=self.clock.sleep,
            reraise=True,
        )
        return retrying(self._fetch_page, path, query, source_ref)

    def _pause_s(self, state: RetryCallState) -> float:
        """The server's Retry-After, or exponential back-off; at most the time that is left. Raises LimitReached."""
        error = state.outcome.exception() if state.outcome else None
        retry_after_s = error.retry_after_s if isinstance(error, RetryableError) else None
        pause_s = _FIRST_PAUSE_S * 2 ** (state.attempt_number - 1) if retry_after_s is None else retry_after_s
        return min(pause_s, _LONGEST_PAUSE_S, self._remaining_s())

    def _fetch_page(self, path: str, query: dict[str, str], source_ref: str | None) -> Page:
        try:
            status, headers, content = self._send(path, query)
        except httpx.RequestError as error:
            by_way_of = " through the proxy of the connection" if self.has_proxy else ""
            raise RetryableError(f"did not answer{by_way_of} ({reason_of(error)})") from error
        if status in (204, 205) or (status in (404, 410, 416) and query["page"] != "1"):
            return Page(())  # after the last page
        if status != 200:
            message = error_words(content)
            words = _STATUS_WORDS.get(status, "answered") + f" ({status}{', ' + message if message else ''})"
            if status >= 500 or status in (408, 425, 429):
                retry_after_s = _retry_after_s(headers) if status in _ASKS_TO_WAIT else None
                how = "it asks us to slow down" if status == 429 else "it is not working"
                raise RetryableError(f"did not answer: {how} {words.removeprefix('answered ')}", retry_after_s)
            raise PageRefused(words)
        page = read_page(text_of(content), source_ref)
        if page.total is None:
            value = headers.get("x-total-count", "")
            page = Page(page.records, int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None)
        return page

    def _send(self, path: str, query: dict[str, str]) -> tuple[int, httpx.Headers, bytes]:
        """An answer's status, headers and body. Redirects are followed on the same host only, as they carry the key."""
        request = self.client.build_request("GET", path, params=query)
        for _ in range(_MOST_HOPS):
            self._count()
            answer = self.client.send(request, stream=True)
            try:
                if answer.next_request is None:
                    return answer.status_code, answer.headers, self._body(answer)
                onward = answer.next_request
            finally:
                answer.close()
            here, there = request.url, onward.url
            is_upgrade = (here.scheme, here.port, there.scheme, there.port) == ("http", None, "https", None)
            if there.host != here.host or not (is_upgrade or (there.scheme, there.port) == (here.scheme, here.port)):
                raise PageRefused("sends us to another host, which we do not follow: check the address")
            for name, value in request.headers.items():
                if name.casefold() == "authorization":
                    onward.headers[name] = value
            request = onward
        raise PageRefused("redirects in a loop: check the address")

    def _body(self, answer: httpx.Response) -> bytes:
        pieces = []
        size = 0
        for piece in answer.iter_bytes():
            size += len(piece)
            pieces.append(piece)
            if size > self.bounds.bytes:
                raise PageRefused(f"sent a page of over {self.bounds.bytes:,} bytes (file.max_bytes)")
            self._remaining_s()
        return b"".join(pieces)

    def _count(self) -> None:
        self._remaining_s()
        if self.requests >= self.bounds.requests:
            raise LimitReached(f"has no last page: we stopped after {self.bounds.requests:,} requests")
        self.requests += 1

    def _remaining_s(self) -> float:
        left = self.bounds.seconds - (self.clock.elapsed_s() - self.started_s)
        if left <= 0:
            raise LimitReached(f"took too long: we stopped after {self.bounds.seconds:,.0f} seconds")
        return left


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The seconds of a Retry-After header; None if it is missing or a date."""
    value = re.fullmatch(r"([0-9]{1,9})", headers.get("retry-after", "").strip())
    return float(value[1]) if value else None


_STATUS_WORDS = {
    401: "refused our key: check the connection's password",
    403: "refused our key or what we ask for: ask the partner what the key may read, and from which address",
    404: "has nothing at that path: check the address and `path`",
    405: "takes no question at that path: check the address and `path`",
    407: "was not asked, as the proxy of this machine wants a login: check the extra `proxy`",
    410: "has given up that path: ask the partner for the new address",
}
