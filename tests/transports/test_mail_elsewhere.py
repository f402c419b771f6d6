"""Where no mail brought the day's file: what came instead, from whom, and where it lies; tried against Dovecot."""

import imaplib
import os
import threading
from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasking.intake.transports.imap import ImapMailbox
from tasking.intake.transports.mail import files_in_mail
from tasking.intake.transports.mail_links import link_words
from tasking.intake.transports.mail_near_misses import _by_mail, _names, mails_of_others
from tasking.model.errors import TransportError

from .test_servers import deliver, dovecot  # noqa: F401

SENDER = "wardens@kcc.example"
WANTED = "Community Wardens daily log 22-10-2026.xlsx"


@pytest.fixture
def mailbox(dovecot):  # noqa: F811
    """An empty mailbox, how to deliver into it, and a transport that looks for one sender."""
    maildir, account, address = dovecot
    for folder in ("cur", "new", ".Junk"):
        for path in (maildir / folder).rglob("*") if (maildir / folder).exists() else ():
            if path.is_file() and path.parent.name in ("cur", "new"):
                path.unlink()
    return maildir, account, ImapMailbox("INBOX", SENDER, address)


@pytest.mark.server
def test_a_mailbox_without_a_mail_may_be_the_wrong_one(mailbox, request_for):
    _, _, transport = mailbox
    fetch = transport.fetch(request_for("wardens"))
    assert (fetch.files, fetch.not_taken) == ((), ())
    assert fetch.hints[0].startswith("the mailbox is empty")


@pytest.mark.server
def test_a_sender_that_never_wrote_may_be_declared_wrong(mailbox, request_for):
    maildir, account, transport = mailbox
    deliver(maildir, account, "newsletter@somebody.example", {"news.pdf": b"x"})
    fetch = transport.fetch(request_for("wardens"))
    assert (fetch.files, fetch.not_taken) == ((), ())
    assert "has no mail of the declared sender, not even an older one: check `sender`" in fetch.hints[0]


@pytest.mark.server
def test_the_file_in_a_mail_of_another_sender_is_named_by_its_domain_and_never_taken(mailbox, request_for):
    maildir, account, transport = mailbox
    deliver(maildir, account, "Jo Warden <jo.warden@kcc.example>", {WANTED: b"ours?"})
    deliver(maildir, account, "jo.warden@gmail.example", {WANTED.replace(" ", "_"): b"ours?"})
    deliver(maildir, account, "x@gmail.example", {"tägliches log 22-10-2026.xlsx": b"no"})
    fetch = transport.fetch(request_for("wardens"))
    assert fetch.files == ()
    assert len(fetch.not_taken) == 2
    assert (
        "came by mail from another address at kcc.example, which is not the sender that we know" in fetch.not_taken[0]
    )
    assert "came by mail from an address at gmail.example" in fetch.not_taken[1]
    assert "warden@" not in str(fetch).replace("wardens@", "")
    assert "jo." not in str(fetch).casefold()


@pytest.mark.server
def test_a_mail_that_the_server_took_for_junk_is_named(mailbox, request_for):
    maildir, account, transport = mailbox
    connection = imaplib.IMAP4("127.0.0.1", transport.address.port)
    connection.login("csu", "mail-pass")
    connection.create("Junk")
    connection.logout()
    deliver(maildir, account, "somebody@else.example", {"x.pdf": b"x"})
    deliver(maildir / ".Junk", account, SENDER, {WANTED: b"ours"})
    fetch = transport.fetch(request_for("wardens"))
    assert fetch.files == ()
    assert "a mail from the partner is in the mailbox “Junk”: move it back" in fetch.not_taken


@pytest.mark.server
def test_a_mailbox_that_is_not_there_says_which_are(mailbox, request_for):
    _, _, transport = mailbox
    with pytest.raises(TransportError, match=r"has no mailbox 'CSU', .*Check `mailbox` .*; there are .*“INBOX”"):
        replace(transport, mailbox="CSU").fetch(request_for("wardens"))


@pytest.mark.server
def test_many_looks_at_once_leave_nothing_open(mailbox, request_for):
    maildir, account, transport = mailbox
    deliver(maildir, account, SENDER, {WANTED: b"ours"})
    got = []
    transport.fetch(request_for("wardens"))
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    lookers = [threading.Thread(target=lambda: got.append(transport.fetch(request_for("wardens")))) for _ in range(6)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join(60)
    assert [one.files[0].content for one in got] == [b"ours"] * 6
    assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208


def mail(text: str, kind: str = "plain", attachments=()) -> bytes:
    message = EmailMessage()
    message["From"] = SENDER
    message.set_content(text, subtype=kind)
    for name in attachments:
        message.add_attachment(b"x", maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (mail("Please find it at https://we.tl/t-abc123 until Friday"), "a link (WeTransfer)"),
        (mail('<a href="https://kccgov-my.sharepoint.com/:x:/g/personal/x">log</a>', "html"), "a link (SharePoint"),
        (mail('<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2F1drv.ms%2Fx%2Fs">l</a>',
              "html"), "a link (OneDrive)"),
        (mail("https://portal.kcc.example/get/Community%20Wardens%20daily%20log%2022-10-2026.xlsx?k=1"),
         f"a link to “{WANTED}”"),
        (mail("https://www.dropbox.com/s/x", attachments=["logo.png"]), "a link (Dropbox)"),
    ],
)  # fmt: skip
def test_a_mail_with_a_link_instead_of_an_attachment_is_told(raw, words):
    fetch = files_in_mail(raw, [WANTED], feed="wardens")
    assert fetch.files == ()
    (told,) = fetch.not_taken
    assert told.startswith(f"a mail of the partner has {words}")
    assert told.endswith("and no attachment")
    assert "https" not in told


@pytest.mark.parametrize(
    "raw",
    [
        mail("See https://www.kcc.example/privacy and https://sharepoint.com.evil.example/x"),
        mail("https://we.tl/t-abc", attachments=[WANTED]),
        mail("no link"),
    ],
)
def test_other_links_and_those_beside_the_file_are_not_told(raw):
    assert files_in_mail(raw, [WANTED], feed="wardens").not_taken == ()


def test_in_a_mailbox_of_all_senders_only_a_link_to_the_file_itself_is_told():
    assert files_in_mail(mail("https://we.tl/t-abc"), [WANTED], names_all=False, feed="wardens").not_taken == ()
    named = mail("https://x.example/Community_Wardens_daily_log_22-10-2026.xlsx")
    assert (
        files_in_mail(named, [WANTED], names_all=False, feed="wardens")
        .not_taken[0]
        .startswith("a mail has a link to “")
    )


@given(st.binary(max_size=2000) | st.text(max_size=500).map(lambda text: f"https://{text} http://we.tl{text}".encode()))
@settings(max_examples=200, deadline=500)
def test_any_text_is_looked_through_for_links(text):
    assert "\n" not in link_words(text, [WANTED])


PIECES = st.lists(
    st.none() | st.binary(max_size=300) | st.tuples(st.binary(max_size=100), st.binary(max_size=100))
    | st.binary(max_size=60).map(lambda raw: b'1 (BODYSTRUCTURE ("x" ("filename" "' + raw + b'")))'),
    max_size=8,
)  # fmt: skip


@given(PIECES)
@settings(max_examples=200, deadline=500)
def test_any_structure_is_gone_through(answer):
    for number, structure in _by_mail(answer):
        assert number.isdigit()
        for name in _names(structure):
            assert isinstance(name, str)


def test_names_are_read_however_a_structure_writes_them(request_for):
    again = WANTED.replace(".xlsx", " (1).xlsx")

    class Server:
        def fetch(self, numbers, what):
            if "FROM" in what:
                return "OK", [(b"1 (BODY[HEADER.FIELDS (FROM)] {20}", b'From: "A, b" <a.b@c.example>\r\n\r\n'), b")"]
            return "OK", [
                b'1 (BODYSTRUCTURE ("a" "b" ("name" "=?utf-8?Q?Community_Wardens_daily_log_22-10-2026=2Exlsx?=")))',
                b'2 (BODYSTRUCTURE ("a" ("filename*" "utf-8\'\'Community%20Wardens%20daily%20log%2022-10-2026.xlsx")))',
                (b'3 (BODYSTRUCTURE ("a" ("filename" {47}', again.encode()),
                b")))",
                b'4 (BODYSTRUCTURE ("a" ("filename" "minutes.docx")))',
            ]

    told = mails_of_others(Server(), [b"1", b"2", b"3", b"4"], request_for("wardens"), SENDER)
    why = "came by mail from an address at c.example, which is not the sender that we know"
    assert told == [f"“{name}” ({why})" for name in (WANTED, again)]
