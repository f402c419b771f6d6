"""A mailbox on loopback that is as odd as it is told to be."""

import re
import socketserver
from dataclasses import dataclass, field, replace

import pytest
from background import serve_in_background

from tasking.intake.transports import Address
from tasking.intake.transports.imap import ImapMailbox
from tasking.model.errors import TransportError

from .test_mail import CONTENT, WANTED, case, leaf, tree

GOOD = tree("mixed", leaf(f'attachment; filename="{WANTED}"'))


@dataclass
class Mailbox:
    """What the server holds, and how it answers."""

    mails: list[bytes] = field(default_factory=list)
    arrived: str = "22-Oct-2026 05:50:00 +0100"
    login: bytes = b"OK welcome"
    select: bytes = b"OK [READ-ONLY] done"
    search: bytes = b"OK done"
    gone: set[int] = field(default_factory=set)
    size: int | None = None
    hangs_up_at: bytes = b"never"
    said: list[bytes] = field(default_factory=list)


class Handler(socketserver.StreamRequestHandler):
    mailbox: Mailbox

    def handle(self) -> None:
        box = type(self).mailbox
        self.wfile.write(b"* OK IMAP4rev1 ready\r\n")
        while line := self.rfile.readline():
            tag, _, command = line.strip().partition(b" ")
            box.said.append(command)
            verb = command.split(b" ", 1)[0].upper()
            if verb == box.hangs_up_at:
                return
            answer = b"OK done"
            if verb == b"CAPABILITY":
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif verb == b"LOGIN":
                answer = box.login
            elif verb in (b"EXAMINE", b"SELECT"):
                self.wfile.write(b"* %d EXISTS\r\n" % len(box.mails))
                answer = box.select
            elif verb == b"SEARCH":
                numbers = b" ".join(str(n + 1).encode() for n in range(len(box.mails)))
                self.wfile.write(b"* SEARCH " + numbers + b"\r\n")
                answer = box.search
            elif verb == b"FETCH":
                self.give(box, int(command.split()[1]), command)
            self.wfile.write(tag + b" " + answer + b"\r\n")

    def give(self, box: Mailbox, number: int, command: bytes) -> None:
        if number in box.gone:
            return
        raw = box.mails[number - 1]
        if b"BODY" in command:
            self.wfile.write(b"* %d FETCH (BODY[] {%d}\r\n" % (number, len(raw)) + raw + b")\r\n")
        else:
            told = (number, box.arrived.encode(), box.size or len(raw))
            self.wfile.write(b'* %d FETCH (INTERNALDATE "%s" RFC822.SIZE %d)\r\n' % told)


@pytest.fixture
def mailbox():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    serve_in_background(server)

    def of(box: Mailbox, sender: str | None = "reports@westkenthomes.example", name: str = "INBOX") -> ImapMailbox:
        Handler.mailbox = box
        address = Address("127.0.0.1", server.server_address[1], "csu", "mail-pass", {"use_ssl": False})
        return ImapMailbox(name, sender, address)

    yield of
    server.shutdown()
    server.server_close()


def test_every_mail_of_the_day_is_gone_through_in_the_order_of_arrival(mailbox, request_for):
    box = Mailbox([*case("C-good-then-refused"), *case("C-winmail"), b"\x00\xff no mail at all", *case("C-copy-1")])
    fetch = mailbox(box).fetch(request_for("housing"))
    assert len(fetch.files) == 3
    assert fetch.files[0].content.endswith(b"Noise again\n")
    assert fetch.files[1].content != fetch.files[0].content
    assert fetch.files[2].note == "came as “asb_extract_221026 (1).csv”"
    assert [name.partition(" (")[0] for name in fetch.not_taken] == ["“winmail.dat”"]


def test_mail_is_searched_by_when_it_arrived_and_never_changed(mailbox, request_for):
    box = Mailbox([GOOD])
    asked = replace(request_for("housing"), look_back_days=2)
    mailbox(box, name="Community Safety/Straßen & Co").fetch(asked)
    said = b"\n".join(box.said)
    assert b'EXAMINE "Community Safety/Stra&AN8-en &- Co"' in said
    assert b'SEARCH SINCE 18-Oct-2026 FROM "reports@westkenthomes.example"' in said
    assert not re.search(rb"STORE|DELETE|EXPUNGE|BODY\[", said.replace(b"BODY.PEEK[", b""))


@pytest.mark.parametrize(
    "date", ["Wed, 21 Oct 2026 05:50:00 +0100", "Fri, 23 Oct 2026 05:50:00 +0100", "never", "Thu, 99 Foo"]
)
def test_what_date_a_mail_gives_itself_does_not_matter(mailbox, request_for, date):
    box = Mailbox([b"Date: " + date.encode() + b"\r\n" + GOOD])
    assert [file.content for file in mailbox(box).fetch(request_for("housing")).files] == [CONTENT]


def test_what_could_not_be_taken_yesterday_is_not_named_today(mailbox, request_for):
    box = Mailbox(case("C-winmail"), arrived="21-Oct-2026 04:50:00 +0100")
    assert mailbox(box).fetch(request_for("housing")).not_taken == ()
    box = Mailbox(case("C-winmail"), arrived="26-Nov-2026 04:50:00 +0000")  # moved into the mailbox long after
    assert len(mailbox(box).fetch(request_for("housing")).not_taken) == 1
    box.mails = [box.mails[0].replace(b"22 Oct 2026", b"26 Nov 2026")]
    assert mailbox(box).fetch(request_for("housing")).not_taken == ()


def test_a_mail_that_is_listed_and_not_given_is_named_and_the_others_go_on(mailbox, request_for):
    fetch = mailbox(Mailbox([GOOD, GOOD + b"2"], gone={1})).fetch(request_for("housing"))
    assert len(fetch.files) == 1
    assert fetch.not_taken == ("a mail that the mail server lists and does not give",)


def test_a_mail_that_is_larger_than_we_take_is_named(mailbox, request_for):
    fetch = mailbox(Mailbox([GOOD], size=10**9)).fetch(request_for("housing"))
    assert fetch.not_taken == ("a mail of 1,000,000,000 bytes; file.max_bytes is 268,435,456",)


@pytest.mark.parametrize(
    ("box", "words"),
    [
        (Mailbox(login=b"NO [AUTHENTICATIONFAILED] mail-pass is wrong"), "refused our login"),
        (Mailbox(hangs_up_at=b"LOGIN"), "broke off"),
        (Mailbox(select=b"NO no such mailbox"), "has no mailbox 'INBOX'"),
        (Mailbox(search=b"NO not today"), "did not search: “not today”"),
        (Mailbox([GOOD], search=b"BAD what"), "broke off"),
        (Mailbox([GOOD], hangs_up_at=b"FETCH"), "broke off"),
        (Mailbox([GOOD], select=b"garbage"), "broke off"),
    ],
)
def test_words_tell_what_is_wrong_with_a_mailbox(mailbox, request_for, box, words):
    with pytest.raises(TransportError, match=f"housing: the mail server .*{words}") as error:
        mailbox(box).fetch(request_for("housing"))
    assert "mail-pass" not in str(error.value)


def test_nobody_there_is_told_from_a_wrong_name(request_for, monkeypatch):
    import socket

    transport = ImapMailbox("INBOX", None, Address("127.0.0.1", 9, "a", "b", {"use_ssl": False}))
    with pytest.raises(TransportError, match="nothing listens at that address"):
        transport.fetch(request_for("housing"))

    def knows_no_name(*_arguments, **_options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", knows_no_name)
    with pytest.raises(TransportError, match="unknown host: check the address"):
        transport.fetch(request_for("housing"))


@pytest.mark.parametrize(
    ("headers", "is_theirs"),
    [
        (b"From: Wardens <WARDENS@kcc.example>", True),
        (b'From: "wardens@kcc.example" <evil@evil.example>', False),
        (b"From: evil@evil.example\r\nFrom: wardens@kcc.example", False),
        (b"From: wardens@kcc.example, evil@evil.example", False),
    ],
)
def test_a_mail_is_from_its_one_address_and_not_from_a_name_that_looks_like_one(headers, is_theirs):
    from tasking.intake.transports.imap import _is_from

    assert _is_from(headers + b"\r\n\r\nbody", "wardens@kcc.example") is is_theirs
