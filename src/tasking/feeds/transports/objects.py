"""Object storage through fsspec: S3 and its kin with s3fs, and whatever else fsspec knows."""

from dataclasses import dataclass
from typing import Any

from tasking.feeds.transports.address import TIMEOUT_S, Address, Request
from tasking.model.delivery import Fetched
from tasking.model.errors import TransportError


@dataclass(frozen=True)
class ObjectStore:
    """`url` is the folder of the deliveries, such as s3://bucket/prefix.

    The address's login and password are the access key; `extra` may hold endpoint_url and region_name.
    """

    url: str
    address: Address | None

    def fetch(self, request: Request) -> list[Fetched]:
        import fsspec

        file_system, folder = fsspec.url_to_fs(self.url, **self._options())
        path = f"{folder}/{request.file_name}"
        try:
            # An object appears whole or not at all, so there is no half-sent one to wait for.
            return [Fetched(request.file_name, bytes(file_system.cat_file(path)))]
        except FileNotFoundError:
            return []
        except Exception as error:  # each fsspec backend raises its own
            raise TransportError(f"{request.feed}: the object store did not answer ({type(error).__name__})") from error

    def _options(self) -> dict[str, Any]:
        if not self.url.startswith(("s3://", "s3a://")):
            return {}
        client: dict[str, Any] = {}
        options: dict[str, Any] = {
            "use_listings_cache": False,
            "skip_instance_cache": True,
            "config_kwargs": {"connect_timeout": TIMEOUT_S, "read_timeout": TIMEOUT_S, "retries": {"max_attempts": 2}},
        }
        if self.address:
            client = {k: v for k, v in self.address.extra.items() if k in ("endpoint_url", "region_name")}
            if self.address.login:
                options |= {"key": self.address.login, "secret": self.address.password}
        return options | {"client_kwargs": client}
