"""Teams, mail, the folder and the console, each against a real one on loopback."""

import email
import email.policy
import io
import json
import socketserver
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller
from background import serve_in_background
from conftest import free_port

from tasking.delivery.channels import (
    HANDED_OVER,
    ConsoleChannel,
    FolderChannel,
    MailChannel,
    MailServer,
    Note,
)
from tasking.delivery.channels.teams import TeamsChannel
from tasking.model.errors import ChannelBusy, ChannelInDoubt, TransportError
from tasking.model.picture import Picture

NOTE = Note("briefing:2026-10-22", "CSU briefing · Thu 22 Oct", "the text", {"html": "<p>the page <img src='cid:map'></p>"},
            (Picture("map", "Where", "a map", b"\x89PNG picture"),))  # fmt: skip
CARD = Note("briefing:2026-10-22", "CSU briefing", "summary", {"type": "message", "attachments": []})


class Workflow(BaseHTTPRequestHandler):
    status = 202
    body = b""
    cards: list[dict]

    def do_POST(self) -> None:
        type(self).cards.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if self.status == 0:
            self.connection.close()
            return
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        if self.status == 302:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_arguments) -> None:
        """Quiet."""


@pytest.fixture
def workflow():
    handler = type("Here", (Workflow,), {"cards": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    serve_in_background(server)
    yield handler, TeamsChannel(f"http://127.0.0.1:{server.server_address[1]}/workflows/secret-of-ours")
    server.shutdown()
    server.server_close()


def test_a_card_goes_to_the_webhook_as_it_is(workflow):
    handler, channel = workflow
    channel.send(CARD)
    assert handler.cards == [CARD.body]


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, ChannelBusy), (500, ChannelInDoubt), (0, ChannelInDoubt), (404, TransportError), (302, TransportError)],
)
def test_every_answer_of_teams_is_told_apart_and_none_names_the_webhook(workflow, status, error):
    handler, channel = workflow
    handler.status = status
    with pytest.raises(error) as raised:
        channel.send(CARD)
    assert "secret-of-ours" not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
        b'{"error": {"code": "WorkflowTriggerIsNotEnabled", "message": "..."}}',
        b"<!DOCTYPE html><title>Sign in to your account</title>",
        "Die Nachricht ist zu gro\xdf: Request Entity Too Large".encode(),
        b'{"ok": false}',
        b'{"code": "BadRequest"}',
        b'{"status": 429, "message": "TooManyRequests"}',
        b"endpoint returned HTTP 413",
        "<html>\u2026</html>".encode("utf-16"),
        b" " * 5000 + b"<head><title>Sign in</title>",
    ],
)
@pytest.mark.parametrize("status", [200, 202])
def test_a_yes_whose_words_tell_of_a_failure_is_in_doubt(workflow, status, body):
    handler, channel = workflow
    handler.status, handler.body = status, body
    with pytest.raises(ChannelInDoubt, match="mentions a failure") as raised:
        channel.send(CARD)
    assert "secret-of-ours" not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "body", "is_handed_over"),
    [(200, b"1", False), (200, b"", False), (200, b'{"errors": []}', False), (202, b"", True), (202, b'"ok"', True)],
)
def test_accepted_is_handed_over_and_no_more_is_said(workflow, status, body, is_handed_over):
    handler, channel = workflow
    handler.status, handler.body = status, body
    assert channel.send(CARD).startswith(HANDED_OVER) is is_handed_over


def test_a_card_that_teams_would_drop_is_not_sent(workflow):
    handler, channel = workflow
    with pytest.raises(TransportError, match="Teams accepts 28000"):
        channel.send(Note("briefing:2026-10-22", "", "", {"type": "message", "text": "ä" * 14_000}))
    assert handler.cards == []


@pytest.mark.parametrize(
    "webhook", ["", "nowhere", "localhost:9/x", "ftp://127.0.0.1/x", "http://[::1", "http://\udcff/"]
)
def test_a_webhook_that_is_no_address_is_a_clear_no(webhook):
    with pytest.raises(TransportError):
        TeamsChannel(webhook).send(CARD)


def test_teams_out_of_reach_is_a_clear_no():
    with pytest.raises(TransportError, match="could not be reached"):
        TeamsChannel(f"http://127.0.0.1:{free_port()}/hook").send(CARD)


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.answer = "250 taken"

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - the name aiosmtpd calls
        self.mails.append(envelope.content)
        return self.answer


@pytest.fixture
def mailbox():
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    server = MailServer("127.0.0.1", controller.port, security="none")
    yield box, MailChannel(server, "tasking@csu.example", ["duty@csu.example", "chair@csu.example"])
    controller.stop()


def test_a_mail_has_text_page_and_picture_and_one_id_for_ever(mailbox):
    box, channel = mailbox
    reference = channel.send(NOTE)
    mail = email.message_from_bytes(box.mails[0], policy=email.policy.default)
    assert mail["Subject"] == "CSU briefing · Thu 22 Oct"
    assert mail["Message-ID"] == reference == "<briefing.2026.10.22@csu.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "image/png"]
    assert next(part for part in mail.walk() if part.get_content_type() == "image/png")["Content-ID"] == "<map>"


def test_later_news_answers_the_mail(mailbox):
    box, channel = mailbox
    reference = channel.send(NOTE)
    channel.reply(reference, Note("briefing:2026-10-22/v2", "Re: CSU briefing", "what changed"))
    answer = email.message_from_bytes(box.mails[1], policy=email.policy.default)
    assert answer["In-Reply-To"] == answer["References"] == reference


def test_a_subject_can_not_smuggle_a_header(mailbox):
    box, channel = mailbox
    channel.send(Note("k", "CSU\r\nBcc: everybody@evil.example", "text"))
    mail = email.message_from_bytes(box.mails[0], policy=email.policy.default)
    assert mail["Bcc"] is None


@pytest.mark.parametrize("address", ["CSU <a@b.example>", "rég@b.example", "nobody", "a@b@c", ""])
def test_an_address_that_is_none_is_a_clear_no_that_does_not_quote_it(mailbox, address):
    box, channel = mailbox
    channel.recipients = ["duty@csu.example", address]
    with pytest.raises(TransportError) as raised:
        channel.send(NOTE)
    assert box.mails == []
    assert not address or address not in str(raised.value)


@pytest.mark.parametrize("at", [b"EHLO", b"MAIL", b"RCPT", b"DATA"])
def test_a_mail_server_that_hangs_up_before_it_has_the_message_does_not_have_it(at):
    class HangsUp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                if line.upper().startswith(at):
                    return
                self.wfile.write(b"250 yes\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), HangsUp) as server:
        serve_in_background(server)
        channel = MailChannel(
            MailServer("127.0.0.1", server.server_address[1], security="none"), "a@b.example", ["c@d.example"]
        )
        with pytest.raises(TransportError):
            channel.send(NOTE)
        server.shutdown()


def test_a_mail_that_is_refused_was_not_sent(mailbox):
    box, channel = mailbox
    box.answer = "451 try later"
    with pytest.raises(TransportError, match="refused the mail"):
        channel.send(NOTE)


def test_a_mail_server_that_hangs_up_after_the_message_leaves_doubt():
    class HangsUp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                if line == b".\r\n":
                    return
                if line.upper().startswith(b"DATA"):
                    self.wfile.write(b"354 go on\r\n")
                elif line[:4].upper() in (b"EHLO", b"MAIL", b"RCPT"):
                    self.wfile.write(b"250 yes\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), HangsUp) as server:
        serve_in_background(server)
        channel = MailChannel(
            MailServer("127.0.0.1", server.server_address[1], security="none"), "a@b.example", ["c@d.example"]
        )
        with pytest.raises(ChannelInDoubt):
            channel.send(NOTE)
        server.shutdown()


def test_no_mail_server_is_a_clear_no():
    with pytest.raises(TransportError, match="no connection"):
        MailChannel(MailServer("127.0.0.1", free_port(), security="none"), "a@b.example", ["c@d.example"]).send(NOTE)


def test_a_folder_holds_one_page_a_message_and_replaces_it(tmp_path):
    channel = FolderChannel(tmp_path / "posted")
    channel.send(NOTE)
    channel.update("", Note(NOTE.idempotency_key, "", "", {"html": "<p>newer</p>"}))
    assert [path.name for path in (tmp_path / "posted").iterdir()] == ["briefing-2026-10-22.html"]
    assert (tmp_path / "posted" / "briefing-2026-10-22.html").read_text() == "<p>newer</p>"
    assert channel.look_up(NOTE.idempotency_key)


def test_a_folder_that_can_not_be_written_is_a_clear_no(tmp_path):
    (tmp_path / "posted").write_text("a file where the folder should be")
    with pytest.raises(TransportError, match="nothing can be written"):
        FolderChannel(tmp_path / "posted").send(NOTE)


def test_the_console_prints_the_text():
    stream = io.StringIO()
    ConsoleChannel(stream=stream).send(NOTE)
    assert stream.getvalue() == "the text\n"
