"""The delivery is found wherever in a mail it stands; what can't be taken is named, and nothing raises."""

import base64
import email.policy
import gzip
import io
import quopri
import struct
import zipfile
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speed import assert_soon
from structlog.testing import capture_logs

from tasking.intake.transports import mail as reading

files_in_mail = partial(reading.files_in_mail, feed="housing")

CASES = Path(__file__).resolve().parents[1] / "cases"
WANTED = "asb_extract_221026.csv"
CONTENT = b"Case Ref;Details\r\nASB260001;Noise again \x93\xff\r\n"


def case(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CASES / name).glob("mail*.eml"))]


def test_how_large_a_file_may_be_is_said_of_each_and_not_of_the_mail():
    raw = tree(
        "mixed", *(leaf(f'attachment; filename="{WANTED}"', content=CONTENT + bytes([n])) for n in range(65, 70))
    )
    assert len(files_in_mail(raw, [WANTED], most_bytes=len(CONTENT) + 1).files) == 5
    fetch = files_in_mail(raw, [WANTED], most_bytes=len(CONTENT))
    assert fetch.files == ()
    assert fetch.not_taken == (f"“{WANTED}” ({len(CONTENT) + 1} bytes; file.max_bytes is {len(CONTENT)})",)


def test_a_log_of_a_mail_that_can_not_be_read_names_the_feed_and_the_file(monkeypatch):
    def breaks(*_arguments, **_options):
        raise ValueError("Jean Whitlock of 39")

    monkeypatch.setattr(reading, "body_of", breaks)
    with capture_logs() as logs:
        found(tree("mixed", leaf(f"attachment; filename={WANTED}")))
    assert [(one["feed"], one["asked_for"]) for one in logs] == [("housing", WANTED)] * len(logs)
    assert logs
    assert "Whitlock" not in str(logs)


def found(raw: bytes, wanted: str = WANTED):
    return files_in_mail(raw, [wanted])


def only(raw: bytes, wanted: str = WANTED):
    fetch = found(raw, wanted)
    assert len(fetch.files) == 1, fetch
    return fetch.files[0]


@pytest.mark.parametrize(
    "name", ["C-apple-mail", "C-forwarded-as-attachment", "C-mixed-in-mixed", "C-related-inside-mixed"]
)
def test_an_attachment_is_found_in_every_tree(name):
    (raw,) = case(name)
    file = only(raw)
    assert (file.name, file.note, file.lacking) == (WANTED, "", "")
    assert file.content.startswith(b"West Kent Homes;ASB case extract\n")
    assert file.content.endswith(b"Noise again\n")


def test_a_copy_is_taken_with_a_note():
    file = only(case("C-copy-1")[0])
    assert (file.name, file.note) == (WANTED, "came as “asb_extract_221026 (1).csv”")


def test_base64_that_breaks_off_is_taken_and_said_not_to_be_whole():
    file = only(case("C-bad-base64")[0])
    assert file.content.startswith(b"West Kent Homes;")
    assert "breaks off" in file.lacking


def test_two_mails_with_one_name_both_come():
    good, cut = (only(raw) for raw in case("C-good-then-refused"))
    assert good.content.endswith(b"Noise again\n")
    assert good.content != cut.content
    assert good.name == cut.name == WANTED


def test_a_winmail_that_can_not_be_read_is_named():
    fetch = found(case("C-winmail")[0])
    assert fetch.files == ()
    assert fetch.not_taken == (
        "“winmail.dat” (Outlook's own wrapping, and no file of the name that we ask for could be read in it)",
    )


def test_the_bare_file_under_a_zips_name_is_taken_with_a_note():
    file = only(case("C-zip")[0])
    assert file.content.endswith(b"Noise again\n")
    assert file.note == "came as “asb_extract_221026.zip”, which is not packed"


def mail(*headers: str, body: bytes = b"") -> bytes:
    return b"".join(line.encode("utf-8", "surrogateescape") + b"\r\n" for line in headers) + b"\r\n" + body


def leaf(disposition: str = "", kind: str = "application/octet-stream", content: bytes = CONTENT) -> bytes:
    headers = [f"Content-Type: {kind}", "Content-Transfer-Encoding: base64"]
    if disposition:
        headers.append(f"Content-Disposition: {disposition}")
    return mail(*headers, body=base64.encodebytes(content))


def tree(kind: str, *parts: bytes, boundary: str = "=_b1", parameters: str = "", end: bytes = b"--\r\n") -> bytes:
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return mail(
        f'Content-Type: multipart/{kind}; boundary="{boundary}"{parameters}',
        body=body + b"--" + boundary.encode() + end,
    )


NAME = "Community Wardens daily log 22-10-2026.xlsx"
ACCENTED = "Réunion_221026.csv"


@pytest.mark.parametrize(
    ("wanted", "headers"),
    [
        (WANTED, [f"Content-Disposition: attachment; filename={WANTED}"]),
        (WANTED, [f"content-disposition: INLINE; FILENAME='{WANTED}'"]),
        (WANTED, [f'Content-Type: text/csv; name="{WANTED}"']),
        (WANTED, ["Content-Disposition: attachment; filename*0=asb_extract_; filename*1=221026.csv"]),
        (WANTED, ['Content-Disposition: attachment; filename*1="221026.csv"; filename*0="asb_extract_"']),
        (WANTED, [r'Content-Disposition: attachment; filename="C:\temp\asb_extract_221026.csv"']),
        (WANTED, ["Content-Disposition: attachment; filename=“asb_extract_221026.csv”"]),
        (WANTED, ["Content-Disposition: attachment; filename*=utf-8''asb%5Fextract%5f221026.csv"]),
        (WANTED, ["Content-Disposition: attachment; filename*=klingon''asb_extract_221026.csv"]),
        (WANTED, ["Content-Disposition: attachment", f"Content-Description: {WANTED}"]),
        (NAME, ["Content-Disposition: attachment; filename=Community Wardens daily log 22-10-2026.xlsx"]),
        (NAME, ["Content-Disposition: attachment; filename=Community_Wardens_daily_log_22-10-2026.xlsx"]),
        (NAME, ['Content-Disposition: attachment; filename="Community\u00a0Wardens daily log 22-10-2026.xlsx"']),
        (NAME, ['Content-Disposition: attachment;\r\n filename="Community Wardens daily\r\n log 22-10-2026.xlsx"']),
        (NAME, ["Content-Disposition: attachment; filename=Community%20Wardens%20daily%20log%2022-10-2026.xlsx"]),
        (NAME, ['Content-Type: application/x; name="=?utf-8?Q?Community_Wardens_daily_?=\r\n =?utf-8?Q?log_22-10-2026?=.xlsx"']),
        (NAME, ['Content-Disposition: attachment; filename="=?utf-8?B?Q29tbXVuaXR5IFdhcmRlbnMgZGFpbHkgbG9nIDIyLTEwLTIwMjYueGxzeA==?="']),
        (ACCENTED, ["Content-Disposition: attachment; filename*=ISO-8859-1''R%E9union_221026.csv"]),
        (ACCENTED, ["Content-Disposition: attachment; filename*0*=utf-8''R%C3; filename*1*=%A9union_; filename*2=221026.csv"]),
        (ACCENTED, [f'Content-Disposition: attachment; filename="{ACCENTED}"']),
        (ACCENTED, ['Content-Disposition: attachment; filename="Re\u0301union_221026.csv"']),
        (ACCENTED, ['Content-Disposition: attachment; filename="R\udce9union_221026.csv"']),
        (ACCENTED, ['Content-Disposition: attachment; filename="=?iso-8859-1?q?R=E9union=5F221026=2Ecsv?="']),
        (ACCENTED, ["Content-Disposition: attachment; filename==?utf-8?B?UsOp?= =?utf-8?B?dW5pb25fMjIxMDI2LmNzdg==?="]),
    ],
)  # fmt: skip
def test_a_name_is_read_in_every_encoding(wanted, headers):
    raw = mail(*headers, "Content-Transfer-Encoding: base64", body=base64.encodebytes(CONTENT))
    assert only(tree("mixed", mail("Content-Type: text/plain", body=b"Good morning"), raw), wanted).content == CONTENT


def test_the_attachment_may_be_the_whole_mail():
    assert only(b"From: a@example.org\r\n" + leaf(f'attachment; filename="{WANTED}"')).content == CONTENT


def test_a_mail_attached_as_a_file_is_opened():
    inner = tree("mixed", leaf(f"attachment; filename={WANTED}"), boundary="inner")
    for disposition in ('attachment; filename="FW ASB.eml"', "attachment", 'attachment; filename="ASB extract"'):
        raw = tree("mixed", leaf(disposition, content=b"From: a@example.org\r\nMIME-Version: 1.0\r\n" + inner))
        assert only(raw).content == CONTENT, disposition


def test_a_forwarded_mail_may_be_encoded_against_the_rules():
    inner = b"From: a@example.org\r\nMIME-Version: 1.0\r\n" + tree(
        "mixed", leaf(f"attachment; filename={WANTED}"), boundary="in"
    )
    assert only(tree("mixed", leaf("attachment", "message/rfc822", inner))).content == CONTENT


def test_a_clear_signed_mail_gives_what_is_signed_and_not_the_signature():
    signature = leaf("attachment; filename=smime.p7s", "application/pkcs7-signature", b"0\x80")
    raw = tree("signed", leaf(f"attachment; filename={WANTED}"), signature)
    assert found(raw).not_taken == ()
    assert only(raw).content == CONTENT


def signed(data: bytes, is_old: bool = False) -> bytes:
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "practice")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(start).not_valid_after(start + dt.timedelta(days=999)).sign(key, hashes.SHA256())
    )  # fmt: skip
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def test_an_opaque_signed_mail_gives_what_is_signed():
    for kind in ("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "application/x-pkcs7-mime"):
        raw = leaf(
            "attachment; filename=smime.p7m", kind, signed(tree("mixed", leaf(f"attachment; filename={WANTED}")))
        )
        assert only(raw).content == CONTENT


OBJECT = bytes([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7])  # PKCS #7: data is its 1, signed data its 2


def test_a_signed_mail_in_the_ber_of_older_mailers_is_opened():
    entity = tree("mixed", leaf(f"attachment; filename={WANTED}"))
    half = len(entity) // 2

    def octets(part: bytes) -> bytes:
        return b"\x04\x82" + struct.pack(">H", len(part)) + part

    content = b"\x24\x80" + octets(entity[:half]) + octets(entity[half:]) + b"\x00\x00"
    encapsulated = b"\x30\x80\x06\x09" + OBJECT + b"\x01" + b"\xa0\x80" + content + b"\x00" * 4
    data = b"\x30\x80\x02\x01\x01\x31\x00" + encapsulated + b"\x31\x00\x00\x00"
    whole = b"\x30\x80\x06\x09" + OBJECT + b"\x02" + b"\xa0\x80" + data + b"\x00" * 4
    assert only(leaf("attachment; filename=smime.p7m", "application/pkcs7-mime", whole)).content == CONTENT


@pytest.mark.parametrize("content", [b"", b"0\x80", b"\x30\x82\xff\xff", b"\x30" * 3000, b"\x30\x80" * 3000])
def test_a_signed_mail_that_can_not_be_opened_is_named(content):
    fetch = found(leaf("attachment; filename=smime.p7m", "application/pkcs7-mime", content))
    assert [name.startswith("“smime.p7m” (") for name in fetch.not_taken] == [True]


def tnef(title: bytes, content: bytes, long_name: str = "") -> bytes:
    def attribute(level: int, number: int, data: bytes) -> bytes:
        return struct.pack("<BHHI", level, number, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    wide = (long_name + "\x00").encode("utf-16-le")
    padded = wide + b"\x00" * (-len(wide) % 4)
    properties = struct.pack("<IHHiHHII", 2, 3, 0x0E20, 7, 0x1F, 0x3707, 1, len(wide)) + padded
    return (
        struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x8008, b"IPM.Note\x00") + attribute(2, 0x9002, b"\x00" * 14)
        + attribute(2, 0x8010, title + b"\x00") + attribute(2, 0x800F, content)
        + (attribute(2, 0x9005, properties) if long_name else b"")
    )  # fmt: skip


def test_outlooks_own_wrapping_is_opened():
    for wrapped in (tnef(WANTED.encode(), CONTENT), tnef(b"ASB_EX~1.CSV", CONTENT, WANTED)):
        file = only(tree("mixed", leaf("attachment; filename=winmail.dat", "application/ms-tnef", wrapped)))
        assert (file.name, file.content, file.note) == (WANTED, CONTENT, "")


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_a_zip_or_gzip_in_a_mail_is_opened():
    inside = zipped({f"../../etc/{WANTED}": CONTENT, "__MACOSX/._x": b"x"})
    file = only(tree("mixed", leaf('attachment; filename="daily.zip"', "application/zip", inside)))
    assert (file.name, file.content, file.note) == (WANTED, CONTENT, "inside “daily.zip”")
    file = only(tree("mixed", leaf(f'attachment; filename="{WANTED}.gz"', "application/gzip", gzip.compress(CONTENT))))
    assert (file.content, file.note) == (CONTENT, f"inside “{WANTED}.gz”")


def test_what_does_not_fit_is_named_where_nothing_else_came():
    report = leaf('attachment; filename="ASB list for Thursday.csv"', "text/csv")
    fetch = found(tree("mixed", report))
    assert fetch.not_taken == ("“ASB list for Thursday.csv” (not the name that we ask for)",)
    assert found(tree("mixed", report, leaf(f"attachment; filename={WANTED}"))).not_taken == ()
    assert files_in_mail(tree("mixed", report), [WANTED], names_all=False).not_taken == ()


def test_another_days_file_is_no_riddle():
    for name in ("asb_extract_211026.csv", "asb_extract_211026 (1).csv", "asb_extract_211026.zip"):
        content = zipped({"asb_extract_211026.csv": CONTENT}) if name.endswith("zip") else CONTENT
        assert found(tree("mixed", leaf(f'attachment; filename="{name}"', content=content))).not_taken == (), name


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("quoted-printable", quopri.encodestring(CONTENT)),
        ("8bit", CONTENT),
        ("BINARY", CONTENT),
        (" Base64 ", base64.encodebytes(CONTENT)),
        ("base64", base64.b64encode(CONTENT[:16]) + b"\r\n" + base64.b64encode(CONTENT[16:])),
        ("base64", base64.encodebytes(CONTENT) + b"\r\n_____\r\nThis list is run by the council.\r\n"),
        ("base64", CONTENT),
        ("7bit", base64.encodebytes(CONTENT * 9)),
    ],
)
def test_a_file_is_decoded_whatever_the_mail_says_of_it(encoding, body):
    raw = mail(
        "Content-Type: text/csv",
        f"Content-Disposition: attachment; filename={WANTED}",
        f"Content-Transfer-Encoding: {encoding}",
        body=body,
    )
    file = only(tree("mixed", raw))
    assert file.content.strip() in (CONTENT.strip(), (CONTENT * 9).strip())
    assert file.lacking == ""


def test_letters_that_do_not_belong_in_base64_are_said():
    body = base64.encodebytes(CONTENT * 20)
    raw = mail(
        "Content-Type: text/csv",
        f"Content-Disposition: attachment; filename={WANTED}",
        "Content-Transfer-Encoding: base64",
        body=body[:80] + b"!\xff" + body[80:],
    )
    file = only(tree("mixed", raw))
    assert "damaged" in file.lacking
    assert file.content == CONTENT * 20


def test_a_tree_whose_boundary_is_lost_is_read_by_the_lines_that_look_like_one():
    whole = tree("mixed", mail("Content-Type: text/plain", body=b"Hello"), leaf(f"attachment; filename={WANTED}"))
    for before, after in ((b'; boundary="=_b1"', b""), (b'boundary="=_b1"', b'boundary="another"')):
        assert only(whole.replace(before, after)).content == CONTENT


def test_a_mail_without_its_end_says_so():
    file = only(tree("mixed", leaf(f"attachment; filename={WANTED}"), end=b""[:0]).rpartition(b"--=_b1")[0])
    assert file.content == CONTENT
    assert "may be cut short" in file.note


def test_uuencoded_text_in_a_mail_is_read():
    import binascii

    lines = b"".join(binascii.b2a_uu(CONTENT[at : at + 45]) for at in range(0, len(CONTENT), 45))
    body = b"Good morning\r\nbegin 644 " + WANTED.encode() + b"\r\n" + lines + b"`\r\nend\r\n"
    assert only(mail("Content-Type: text/plain", body=body)).content == CONTENT


def test_what_stands_elsewhere_is_named():
    fetch = found(
        tree("mixed", mail(f"Content-Type: message/external-body; name={WANTED}", body=b"Content-ID: <x>\r\n"))
    )
    assert fetch.not_taken == ("an attachment that was left out of its mail, to be fetched elsewhere",)


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n" + b"begin 644 x\r\n" * 100_000,
        b"Content-Disposition: attachment" + b";" * 1_000_000 + b"\r\n\r\nx",
        b"Content-Disposition: attachment; " + b'a="' * 200_000 + b"\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=zz\r\n\r\n--" + b" " * 2_000_000 + b"x\r\n",
        b"Content-Type: multipart/mixed; boundary=zz\r\n\r\n" + b"--zz\r\n\r\nx\r\n" * 10_000,
        b'Content-Type: x/y; name="' + b"=?utf-8?q?" * 5000 + b'"\r\n\r\nx',
    ],
    ids=["begins", "semicolons", "quotes", "spaces", "parts", "words"],
)
def test_no_mail_takes_long(raw):
    assert_soon(lambda: found(raw), 3)


def test_the_macintosh_half_of_a_file_is_not_the_file():
    raw = tree(
        "appledouble",
        leaf(f"attachment; filename={WANTED}", "application/applefile", b"\x00\x05\x16\x07"),
        leaf(f"attachment; filename={WANTED}"),
    )
    assert only(raw).content == CONTENT


def test_a_mail_that_is_nested_beyond_reason_is_named():
    raw = leaf(f"attachment; filename={WANTED}")
    for number in range(60):
        raw = tree("mixed", raw, boundary=f"b{number}")
    assert found(raw).not_taken == ("a mail with too many parts, or too deep, to look through all of it",)
    for number in range(2000):
        raw = b"Content-Type: message/rfc822\r\n\r\n" + raw if number % 2 else tree("mixed", raw, boundary=f"c{number}")
    assert found(raw).not_taken


names = st.sampled_from(
    [
        f'attachment; filename="{WANTED}"',
        f"inline; filename={WANTED.upper()}",
        "attachment; filename*0*=utf-8''asb_; filename*1=extract_221026.csv",
        'attachment; filename="asb extract 221026 (2).csv"',
        'attachment; filename="Copy of asb_extract_221026.csv"',
        'attachment; filename="asb_extract_221026 - Copy.csv"',
        'attachment; filename="asb_extract_221026.csv.csv"',
    ]
)
junk = st.one_of(
    st.builds(lambda text: mail("Content-Type: text/plain; charset=utf-8", body=text.encode("utf-8", "replace")), st.text(max_size=40)),
    st.builds(lambda content: leaf("inline; filename=logo.png", "image/png", content), st.binary(max_size=40)),
    st.builds(lambda head, content: mail(f"Content-Type: {head}", body=content), st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=30), st.binary(max_size=60)),
)  # fmt: skip
packings = st.sampled_from(["plain", "zip", "gz", "eml", "tnef"])


@st.composite
def trees(draw):
    """A mail with the delivery in it somewhere."""
    packing = draw(packings)
    disposition = draw(names)
    part = {
        "plain": lambda: leaf(disposition),
        "zip": lambda: leaf("attachment; filename=x.zip", "application/zip", zipped({f"a/{WANTED}": CONTENT})),
        "gz": lambda: leaf(f"attachment; filename={WANTED}.gz", content=gzip.compress(CONTENT)),
        "eml": lambda: leaf("attachment; filename=x.eml", content=b"Subject: x\r\n" + leaf(disposition)),
        "tnef": lambda: leaf("attachment; filename=winmail.dat", content=tnef(WANTED.encode(), CONTENT)),
    }[packing]()
    for number in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(["mixed", "related", "alternative", "signed", "report", "x-unheard-of", "rfc822"]))
        if kind == "rfc822":
            part = b"Content-Type: message/rfc822\r\n\r\nSubject: forwarded\r\nMIME-Version: 1.0\r\n" + part
            continue
        before, after = draw(st.lists(junk, max_size=2)), draw(st.lists(junk, max_size=2))
        part = tree(kind, *before, part, *after, boundary=f"=_{number}_x")
    return part


@given(trees())
@settings(max_examples=150, deadline=None)
def test_the_delivery_is_found_in_any_tree(raw):
    assert CONTENT in [file.content for file in found(raw).files]


@given(trees(), st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=3), st.integers(0, 30)), max_size=6))
@settings(max_examples=150, deadline=None)
def test_no_damage_to_a_mail_raises(raw, damages):
    for position, put, gone in damages:
        at = position % (len(raw) + 1)
        raw = raw[:at] + put + raw[at + gone :]
    found(raw)


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise(raw):
    found(raw)
    found(b"Content-Type: " + raw)
    found(b"Content-Type: text/csv\r\nContent-Disposition: " + raw)
    found(leaf("attachment; filename=x.zip", content=b"PK\x03\x04" + raw))
    found(leaf("attachment; filename=winmail.dat", content=b"\x78\x9f\x3e\x22" + raw))


def test_a_mail_that_pythons_own_builder_makes_is_read():
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = "daily log"
    message.set_content("Good morning")
    message.add_alternative("<p>Good morning</p>", subtype="html")
    message.add_attachment(CONTENT, maintype="text", subtype="csv", filename=ACCENTED)
    assert only(message.as_bytes(), ACCENTED).content == CONTENT
