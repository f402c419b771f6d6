"""Who receives messages: partners without a login, the chair, who comes to the meeting; part of
include/partnership.yml."""

import hashlib
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_MAIL: Final = "email"
_ADDRESS: Final = r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+"


class Addressee(BaseModel):
    """Somebody who is sent messages: by mail to `contact`, or through another channel such as `slack:#wardens`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=2, max_length=120, description="their name as messages show it")
    contact: str | None = Field(
        default=None, pattern=rf"^{_ADDRESS}$", description="their mail address, which channel email needs"
    )
    channel: str = Field(
        default=_MAIL, description="email, or another channel with its address, such as slack:#wardens"
    )

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        if self.channel == _MAIL and self.contact is None:
            raise ValueError(f"{self.name}: channel email needs a contact, a mail address")
        return self

    @property
    def route(self) -> str:
        """The channel with its address: `email:wardens@example.org`, `slack:#wardens`."""
        return f"{_MAIL}:{self.contact}" if self.channel == _MAIL else self.channel

    @property
    def key(self) -> str:
        """Eight hex digits that identify them in links and in the outbox; another address is another key."""
        return hashlib.sha256(f"{self.name}|{self.route}".encode()).hexdigest()[:8]


class Recipient(Addressee):
    """A partner that only receives work: the owner of taskings under this name, everywhere or within some areas.

    Several recipients may share a name and differ in `areas` (public places, towns, wards) or `categories`.
    """

    areas: list[str] = Field(
        default=[], description="public places, towns or wards for which they are sent work: without any, everywhere"
    )
    categories: list[str] = Field(
        default=[], description="codes of categories.yml for which they are sent work: without any, all"
    )


class Attendee(BaseModel):
    """Somebody who usually comes to the meeting: ticked there, and sent the minutes by mail where `contact` is given.

    `partner`: whom they come for; the owner of that name is then told by them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=2, max_length=120, description="their name as the minutes have it")
    partner: str = Field(
        default="", max_length=120, description="whom they come for: the owner of that name is informed by them"
    )
    contact: str | None = Field(
        default=None, pattern=rf"^{_ADDRESS}$", description="their mail address, to which the minutes are sent"
    )

    @property
    def route(self) -> str:
        """The channel with the address; empty where there is none."""
        return f"{_MAIL}:{self.contact}" if self.contact else ""
