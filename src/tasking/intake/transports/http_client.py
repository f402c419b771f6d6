"""Makes the HTTP client for a partner's web service from an Airflow connection."""

import re
import ssl
from typing import Any

import httpx

from tasking.intake.transports.address import TIMEOUT_S, Address
from tasking.intake.transports.extras import Extras
from tasking.intake.transports.transport_errors import unreachable
from tasking.model.errors import TransportError

_SUPPORTED = (
    "headers", "key_header", "verify", "verify_ssl", "cert", "proxy", "proxies", "timeout", "trust_env", "scheme",
    # Without effect here: answers are always streamed, and every status is checked.
    "stream", "check_response",
)  # fmt: skip
_REFUSED = {
    "allow_redirects": "is not followed here: a redirect is followed on the same host only, as the key goes along",
    "max_redirects": "is not followed here: five redirects are followed, on the same host only",
    "srv_lookup": "is not followed here: give the host itself",
}
# In Airflow any other name in the extra is a header; here it must look like one.
_HEADER = re.compile(r"[A-Za-z0-9]{1,40}(?:-[A-Za-z0-9]{1,40}){1,8}|authorization|accept|cookie|apikey", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


def http_client(feed: str, address: Address) -> httpx.Client:
    """A client with the base URL, the key and the headers of a connection. Raises TransportError."""
    own = {name: value for name, value in address.extra.items() if _HEADER.fullmatch(str(name))}
    extras = Extras(
        feed, {name: value for name, value in address.extra.items() if name not in own}, _SUPPORTED, _REFUSED
    )
    return httpx.Client(
        base_url=_base_url(feed, address, extras),
        headers=_headers(address, extras, own),
        timeout=extras.seconds("timeout", TIMEOUT_S),
        verify=_context(feed, extras),
        proxy=_proxy(extras),
        trust_env=extras.flag("trust_env", True),
    )


def _base_url(feed: str, address: Address, extras: Extras) -> str:
    host = address.host.strip()
    if not host or host in ("http://", "https://"):
        raise TransportError(f"{feed}: the connection has no host: give the base URL of the service")
    if not host.startswith(("http://", "https://")):
        host = f"{extras.text('scheme') or 'https'}://{host}"
    if address.port:
        url = httpx.URL(host)
        return str(url if url.port else url.copy_with(port=address.port))
    return host


def _headers(address: Address, extras: Extras, own: dict[str, Any]) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if address.password and (key_header := extras.text("key_header")):
        if not _HEADER_NAME.fullmatch(key_header):
            raise extras.fault("key_header", "should be the name of a header, such as X-Api-Key")
        headers[key_header] = address.password
    elif address.password:
        headers["Authorization"] = f"Bearer {address.password}"
    for name, value in {**extras.mapping("headers"), **own}.items():
        if not isinstance(value, str | int) or not re.fullmatch(r"[\x20-\x7e]*", str(value)):
            raise extras.fault(name, "is a header, and should be a text on one line, of ASCII letters")
        if name.casefold() == (extras.text("key_header") or "authorization").casefold() and address.password:
            raise extras.fault(
                name, "and the password are both given, and either would be sent as the key: leave one out"
            )
        headers = {key: one for key, one in headers.items() if key.casefold() != name.casefold()}
        headers[name] = str(value)
    return headers


def _context(feed: str, extras: Extras) -> ssl.SSLContext | bool:
    """How to verify the server's certificate: with httpx's defaults, or the connection's authorities and client
    certificate."""
    path = extras.certificate_file("verify") or extras.certificate_file("verify_ssl")
    if path is None and "cert" not in extras:
        return True
    what = "the connection's extra `verify` or `cert` names no file of certificates that can be read"
    try:
        context = ssl.create_default_context(cafile=path)
        if "cert" in extras:
            context.load_cert_chain(*_own_certificate(extras))
    except (OSError, ssl.SSLError) as error:
        raise unreachable(feed, what, error) from error
    return context


def _own_certificate(extras: Extras) -> tuple[str, ...]:
    value = extras.value("cert")
    paths = tuple(value) if isinstance(value, list | tuple) else (value,)
    if len(paths) > 2 or not all(isinstance(path, str) for path in paths):
        raise extras.fault("cert", "should be the path of our certificate, or a list of its path and of its key's")
    return paths


def _proxy(extras: Extras) -> str | None:
    if "proxy" in extras and isinstance(extras.value("proxy"), str):
        return extras.text("proxy")
    name = "proxy" if "proxy" in extras else "proxies"
    proxies = {key.removesuffix("://"): one for key, one in extras.mapping(name).items()}
    if not set(proxies) <= {"http", "https", "all"} or not all(isinstance(one, str) for one in proxies.values()):
        raise extras.fault(name, 'should be {"https": "http://proxy:3128"}')
    return next((proxies[scheme] for scheme in ("https", "all", "http") if scheme in proxies), None)
