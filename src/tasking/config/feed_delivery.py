"""How a feed's deliveries are named and how they reach us, as include/feeds/<feed>.yml declares it."""

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from tasking.config.strict_model import StrictModel


class LocalTransport(StrictModel):
    """Deliveries in a folder that this machine can read."""

    kind: Literal["folder"] = Field(description="a folder that this machine can read")
    path: str = Field(description="Folder of the deliveries; relative to TASKING_HOME")
    is_mounted: bool = Field(
        default=False, description="the folder is on a mounted share; if it is not mounted, we could not check"
    )


class ObjectTransport(StrictModel):
    """Deliveries in a store of objects."""

    kind: Literal["objects"] = Field(description="a store of objects, such as S3")
    url: str = Field(description="fsspec URL of the folder, such as s3://bucket/prefix")


class SftpTransport(StrictModel):
    """Deliveries in a folder of an SFTP server."""

    kind: Literal["sftp"] = Field(description="a server that is read by SFTP")
    folder: str = Field(default=".", description="the folder there, from where the account begins")


class ImapTransport(StrictModel):
    """Deliveries as attachments of mail."""

    kind: Literal["imap"] = Field(description="a mailbox that is read by IMAP")
    mailbox: str = Field(default="INBOX", description="the folder of the mailbox")
    sender: str | None = Field(default=None, description="only mail from this address is looked at")


class HttpTransport(StrictModel):
    """Service requests of an Open311 server."""

    kind: Literal["open311"] = Field(description="an Open311 GeoReport v2 server")
    path: str = Field(default="requests.json", description="the path of the requests below the base URL")
    page_size: int = Field(default=200, ge=1, le=1000, description="how many records to ask for at a time")
    max_requests: int = Field(default=1000, ge=1, le=100_000, description="pages to ask for, including retries")
    max_seconds: float = Field(default=300, gt=0, le=3600, description="how long one delivery may take to fetch")


Transport = Annotated[
    LocalTransport | ObjectTransport | SftpTransport | ImapTransport | HttpTransport, Field(discriminator="kind")
]


def _days(value: Any) -> Any:
    """`3 days` as 3; any other value is returned unchanged, for pydantic to check."""
    words = value.split() if isinstance(value, str) else []
    is_days = len(words) == 2 and words[0].isdecimal() and words[1] in ("day", "days")
    return int(words[0]) if is_days and len(words[0]) < 5 else value


class Delivery(StrictModel):
    """How the deliveries of a feed are named and reach us."""

    name: str = Field(description="file name with {day:...} in strftime codes")
    transport: Transport = Field(
        description="where the deliveries are fetched from; addresses and passwords are connections, never here"
    )
    look_back: Annotated[int, BeforeValidator(_days)] = Field(
        default=0,
        ge=0,
        le=31,
        description="`3 days`: also check for the three days before",
        json_schema_extra={"type": ["integer", "string"], "pattern": r"^[0-9]{1,4} days?$"},
    )
    still_for_s: float | None = Field(
        default=None, ge=0, le=600, description="seconds that a file must have been unchanged"
    )

    @model_validator(mode="after")
    def _has_files_to_wait_for(self) -> "Delivery":
        if self.still_for_s is not None and isinstance(self.transport, ImapTransport | HttpTransport):
            raise ValueError(
                "still_for_s is for files in a folder, on SFTP or in an object store; "
                f"{self.transport.kind} gives a delivery whole, so leave still_for_s out"
            )
        return self

    @field_validator("name")
    @classmethod
    def _names_a_day(cls, value: str) -> str:
        if not re.search(r"\{day:[^}]+\}", value):
            raise ValueError("the file name must hold the day, such as {day:%Y%m%d}")
        if "/" in value or "\\" in value:
            raise ValueError("the file name must not hold a folder")
        return value

    def file_name(self, day: date) -> str:
        return self.name.format(day=day)

    def earlier_names(self, day: date) -> tuple[str, ...]:
        """The file names of the `look_back` days before, newest first."""
        names = (self.file_name(day - timedelta(days=back)) for back in range(1, self.look_back + 1))
        return tuple(dict.fromkeys(name for name in names if name != self.file_name(day)))
