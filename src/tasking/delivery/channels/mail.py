"""E-mail by SMTP: HTML, text and pictures in one message. Later changes are a reply in the same conversation."""

import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.errors import HeaderDefect, HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, localtime
from typing import Any, ClassVar, Final

import structlog

from tasking.delivery.channels.message import Form, InDoubt, Note, SendsOnly, Traits
from tasking.model.errors import ChannelInDoubt, TransportError

TIMEOUT_S: Final = 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class MailServer:
    """The SMTP server. `security`: none (on loopback), starttls, or tls from the start."""

    host: str
    port: int
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    security: str = "starttls"


class _Client(smtplib.SMTP):
    """An SMTP client that knows whether it has begun to send message data; until then the server can't have it."""

    is_handing_in = False
    _is_in_data = False

    def data(self, msg: Any) -> Any:
        self._is_in_data = True
        return super().data(msg)

    def send(self, s: Any) -> None:
        """Notes the first data after the DATA command; the server has asked for the message by then."""
        self.is_handing_in |= self._is_in_data and s not in (b"data\r\n", "data\r\n")
        super().send(s)


class _TlsClient(_Client, smtplib.SMTP_SSL):
    """The same, with TLS from the start."""


@dataclass
class MailChannel(SendsOnly):
    """Sends mail. If the server received the whole message and did not confirm it, the message is not sent again."""

    traits: ClassVar[Traits] = Traits(Form.MAIL, InDoubt.NEVER_RESEND, can_edit=False, can_answer=True)
    server: MailServer
    sender: str
    recipients: Sequence[str]
    name: str = "email"

    def send(self, note: Note) -> str:
        self._hand_in(self.as_mail(note))
        return self._message_id(note.idempotency_key)

    def reply(self, reference: str, note: Note) -> str:
        message = self.as_mail(note)
        message["In-Reply-To"] = message["References"] = reference
        self._hand_in(message)
        return self._message_id(note.idempotency_key)

    def as_mail(self, note: Note) -> EmailMessage:
        """The mail for a note. Raises TransportError if an address is invalid."""
        message = EmailMessage()
        message["Subject"] = " ".join(note.title.split())
        try:
            message["From"] = Address(addr_spec=self.sender)
            message["To"] = [Address(addr_spec=one) for one in self.recipients]
        except (ValueError, IndexError, HeaderParseError, HeaderDefect) as error:  # its message would quote the address
            raise TransportError(
                "email: an address is written wrongly; see channels.mail_from and channels.mail_to in partnership.yml"
            ) from error
        message["Date"] = format_datetime(localtime())
        # The id depends only on the key, so a server that gets the message twice can tell.
        message["Message-ID"] = self._message_id(note.idempotency_key)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(note.text)
        if html := note.body.get("html"):
            message.add_alternative(html, subtype="html")
            page = message.get_payload()[1]  # type: ignore[index]
            for one in note.pictures:
                page.add_related(  # type: ignore[union-attr]
                    one.png, "image", "png", cid=f"<{one.key}>", filename=f"{one.key}.png", disposition="inline"
                )
        for file in note.attachments:
            main, _, sub = file.kind.partition("/")
            message.add_attachment(file.content, main, sub, filename=file.name)
        return message

    def _message_id(self, idempotency_key: str) -> str:
        return f"<{re.sub(r'[^A-Za-z0-9]+', '.', idempotency_key)}@{self.sender.rsplit('@', 1)[-1]}>"

    def _hand_in(self, message: EmailMessage) -> None:
        """Hands a mail to the server. Before the server can have the whole message, a failure is a clear no."""
        try:
            client = self._connected()
        except smtplib.SMTPAuthenticationError:
            raise TransportError("email: the server does not accept our login") from None
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise TransportError(f"email: no connection to the server ({type(error).__name__})") from None
        try:
            refused = client.send_message(message)
        except smtplib.SMTPRecipientsRefused:
            raise TransportError("email: the server accepts mail for none of the recipients") from None
        except smtplib.SMTPResponseException as error:
            raise TransportError(f"email: the server refused the mail ({error.smtp_code})") from None
        except (OSError, smtplib.SMTPException, ValueError) as error:
            if not client.is_handing_in:
                raise TransportError(f"email: it was not sent ({type(error).__name__})") from None
            raise ChannelInDoubt(f"email: no clear answer ({type(error).__name__})") from None
        finally:
            client.close()
        if refused:  # the other recipients have it, so it counts as sent
            log.warning("recipients were refused", channel=self.name, refused=len(refused), of=len(self.recipients))

    def _connected(self) -> "_Client":
        server = self.server
        if server.security == "tls":
            context = ssl.create_default_context()
            client: _Client = _TlsClient(server.host, server.port, timeout=TIMEOUT_S, context=context)
        else:
            client = _Client(server.host, server.port, timeout=TIMEOUT_S)
        if server.security == "starttls":
            client.starttls(context=ssl.create_default_context())
        if server.login:
            client.login(server.login, server.password or "")
        return client
