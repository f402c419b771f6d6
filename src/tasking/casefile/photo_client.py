"""Fetches one photo from an address that a partner sent: only from a host that the feed declares, over HTTPS, within
bounds. The address is a partner's text, so it must never make us ask another machine than the one that is meant."""

import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from tasking.config.feed import Photos

_MOST_HOPS: Final = 3
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
Resolve = Callable[[str, int], Sequence[str]]  # host, port -> addresses


class NotFetched(Exception):
    """The photo is not here; the message says why. `is_final`: trying again does not help."""

    def __init__(self, words: str, *, is_final: bool = False) -> None:
        super().__init__(words)
        self.is_final = is_final


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def fetch_photo(url: str, photos: Photos, resolving: Resolve = resolve) -> bytes:
    """The bytes at an address. Raises NotFetched.

    A redirect is followed to a declared host only. The name is resolved once and that address is asked, so that a name
    which changes its mind leads nowhere else; one that stands for an address inside our own network is refused, unless
    the feed says that its host is there.
    """
    until = time.monotonic() + photos.max_seconds
    for _ in range(_MOST_HOPS):
        target = _checked(url, photos)
        address = _address(target, photos, resolving)
        try:
            onward, content = _ask(target, address, photos, until)
        except httpx.TimeoutException as error:
            raise NotFetched("the partner’s server took too long") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise NotFetched(f"the partner’s server did not answer ({type(error).__name__})") from error
        if onward is None:
            return content
        url = urljoin(url, onward)
    raise NotFetched("the partner’s server sends us from one address to the next", is_final=True)


def _checked(url: str, photos: Photos) -> httpx.URL:
    """The address, if it may be asked."""
    try:
        parts, target = urlsplit(url), httpx.URL(url)
        port = parts.port
    except (ValueError, httpx.InvalidURL) as error:
        raise NotFetched("the address cannot be read", is_final=True) from error
    host = (parts.hostname or "").rstrip(".")
    named = f"{host}:{port}" if port else host
    if parts.username or parts.password or not host:
        raise NotFetched("the address has a login in it, or no host", is_final=True)
    if named not in photos.hosts:
        raise NotFetched("the address is on a host that the feed does not declare under photos: hosts", is_final=True)
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise NotFetched("the address is not https", is_final=True)
    return target


def _address(target: httpx.URL, photos: Photos, resolving: Resolve) -> str:
    """The address of the host, if it is a public one or the feed says that it need not be."""
    port = target.port or (443 if target.scheme == "https" else 80)
    try:
        found = resolving(target.host, port)
    except OSError as error:
        raise NotFetched("the host of the address is not known") from error
    is_own = photos.is_private or target.host in _LOOPBACK
    fit = [one for one in found if is_own or ipaddress.ip_address(one.partition("%")[0]).is_global]
    if not fit:
        raise NotFetched("the host of the address is inside our own network; the feed does not say so (is_private)")
    return fit[0]


def _ask(target: httpx.URL, address: str, photos: Photos, until: float) -> tuple[str | None, bytes]:
    """(where it sends us, b"") or (None, the content)."""
    left_s = max(1.0, until - time.monotonic())
    host = target.netloc.decode("ascii")
    asked = target.copy_with(host=address)
    headers = {"Host": host, "Accept": "image/*", "User-Agent": "tasking"}
    with (
        httpx.Client(timeout=left_s, trust_env=False, follow_redirects=False) as client,
        client.stream("GET", asked, headers=headers, extensions={"sni_hostname": target.host}) as answer,
    ):
        if answer.is_redirect:
            return answer.headers.get("location", ""), b""
        if answer.status_code in (404, 410):
            raise NotFetched("the partner’s server does not have the photo any more", is_final=True)
        if answer.status_code != 200:
            raise NotFetched(f"the partner’s server answered {answer.status_code}")
        return None, _body(answer, photos, until)


def _body(answer: httpx.Response, photos: Photos, until: float) -> bytes:
    pieces, size = [], 0
    for piece in answer.iter_bytes():
        size += len(piece)
        if size > photos.max_bytes:
            raise NotFetched(f"the photo is larger than {photos.max_bytes // 2**20} MB", is_final=True)
        if time.monotonic() > until:
            raise NotFetched("the partner’s server took too long")
        pieces.append(piece)
    return b"".join(pieces)
