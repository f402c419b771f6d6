"""E-mail by SMTP: HTML and text in one message, pictures inside. Later news is an answer in the same conversation."""

import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, localtime
from typing import ClassVar, Final

import structlog

from tasking.channels.message import Form, InDoubt, Note, SendsOnly, Traits
from tasking.model.errors import ChannelInDoubt, TransportError

TIMEOUT_S: Final = 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. `security`: none (on loopback), starttls, or tls from the start."""

    host: str
    port: int
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    security: str = "starttls"


@dataclass
class MailChannel(SendsOnly):
    """Once the server has the whole message and does not say that it took it, it is not sent again."""

    traits: ClassVar[Traits] = Traits(Form.MAIL, InDoubt.LEAVE, can_edit=False, can_answer=True)
    server: MailServer
    sender: str
    recipients: Sequence[str]
    name: str = "email"

    def send(self, note: Note) -> str:
        self._hand_in(self.as_mail(note))
        return self._message_id(note.run_key)

    def reply(self, reference: str, note: Note) -> str:
        message = self.as_mail(note)
        message["In-Reply-To"] = message["References"] = reference
        self._hand_in(message)
        return self._message_id(note.run_key)

    def as_mail(self, note: Note) -> EmailMessage:
        """The mail of a note, as it is handed in."""
        message = EmailMessage()
        message["Subject"] = " ".join(note.title.split())
        message["From"] = Address(addr_spec=self.sender)
        message["To"] = [Address(addr_spec=one) for one in self.recipients]
        message["Date"] = format_datetime(localtime())
        # The same message has the same id for ever, so a server that gets it twice can tell.
        message["Message-ID"] = self._message_id(note.run_key)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(note.text)
        if html := note.body.get("html"):
            message.add_alternative(html, subtype="html")
            page = message.get_payload()[1]  # type: ignore[index]
            for one in note.pictures:
                page.add_related(  # type: ignore[union-attr]
                    one.png, "image", "png", cid=f"<{one.key}>", filename=f"{one.key}.png", disposition="inline"
                )
        return message

    def _message_id(self, run_key: str) -> str:
        return f"<{re.sub(r'[^A-Za-z0-9]+', '.', run_key)}@{self.sender.rsplit('@', 1)[-1]}>"

    def _hand_in(self, message: EmailMessage) -> None:
        try:
            client = self._connected()
        except smtplib.SMTPAuthenticationError:
            raise TransportError("email: the server does not accept our login") from None
        except (OSError, smtplib.SMTPException) as error:
            raise TransportError(f"email: no connection to the server ({type(error).__name__})") from None
        try:
            refused = client.send_message(message)
        except smtplib.SMTPRecipientsRefused:
            raise TransportError("email: the server takes mail for none of the recipients") from None
        except smtplib.SMTPResponseException as error:
            raise TransportError(f"email: the server said no ({error.smtp_code})") from None
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelInDoubt(f"email: no clear answer ({type(error).__name__})") from None
        finally:
            client.close()
        if refused:  # the others have it, so it is sent
            log.warning("recipients were refused", channel=self.name, refused=len(refused), of=len(self.recipients))

    def _connected(self) -> smtplib.SMTP:
        server = self.server
        if server.security == "tls":
            context = ssl.create_default_context()
            client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        if server.security == "starttls":
            client.starttls(context=ssl.create_default_context())
        if server.login:
            client.login(server.login, server.password or "")
        return client
