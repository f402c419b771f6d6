"""What becomes of a day's files: several of them, one that grows, one that comes late, references that are used again."""

import datetime as dt
import threading
import time
from dataclasses import replace

import pytest
from conftest import settle

from tasking import flows
from tasking.intake import polling, quarantine, receiving
from tasking.model.delivery import FetchedFile, FetchResult, Ledger, Outcome
from tasking.model.errors import TaskingError, TransportError
from tasking.privacy import erasure

DAY = dt.date(2026, 10, 22)
HEADER = (
    "Reference,Submitted,Name,Email,Phone,Stay anonymous,Reply wanted,Date of incident,Time of incident,Where,Postcode,"
    "Map pin,About,Someone at risk,Person at risk,Handling,Tell us what happened\n"
)
TEXTS = (
    "A fridge and two mattresses in the lay-by, doors still on.", "Motorbike up and down the path all evening, no lights.",
    "My neighbour has not been seen since Monday and the milk is outside.", "Lads letting off fireworks behind the shops.",
)  # fmt: skip


def row(reference: str, text: str = TEXTS[0], day: str = "2026-10-21", clock: str = "07:52", phone: str = "") -> str:
    return f'{reference},{day}T{clock}:00Z,,,{phone},N,N,{day},06:15,The Green Westerham,TN16 1AN,,Rubbish dumped,N,,,"{text}"\n'


def content(*rows: str) -> bytes:
    return (HEADER + "".join(rows)).encode()


class Gives:
    """A transport that gives what it is told to, or raises it."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def fetch(self, request):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, FetchResult) else FetchResult(tuple(answer))


def with_transport(desk, *answers):
    gives = Gives(*answers)
    return replace(desk.open(), open_transport=lambda feed: gives if feed.feed == "residents" else Gives(FetchResult()))


def file(*rows: str, **how) -> FetchedFile:
    return FetchedFile("concerns-20261022.csv", content(*rows), **how)


def exported(desk) -> dict:
    rows = desk.open().warehouse.query("ledger/feeds", first_day=DAY, last_day=DAY)
    return next(row for row in rows if row["feed"] == "residents")


def test_what_was_appended_is_received_before_linking_as_an_addition(desk):
    first, grown = file(row("CSU-2026-0001")), file(row("CSU-2026-0001"), row("CSU-2026-0002", TEXTS[1]))
    opened = with_transport(desk, [first], [grown])
    assert flows.receive(opened, "residents", DAY).ledger == Ledger(rows_in=1, new=1)
    polling.poll_again(opened.intake, DAY)
    row_of_day = desk.ledger()[str(DAY), "residents"]
    assert (row_of_day["rows_in"], row_of_day["new_reports"], row_of_day["repeats"]) == (3, 2, 1)
    assert exported(desk)["files"] == 2


def test_a_refusal_is_asked_again_and_a_good_file_that_comes_then_lands(desk):
    opened = with_transport(
        desk, [FetchedFile("concerns-20261022.csv", b"<html>log in</html>")], [file(row("CSU-2026-0001"))]
    )
    assert flows.receive(opened, "residents", DAY).outcome == Outcome.REFUSED
    polling.poll_again(opened.intake, DAY)
    assert exported(desk)["outcome"] == "landed"


def test_the_fate_of_each_of_several_files_is_told(desk):
    bad = FetchedFile("concerns-20261022.csv", b"Reference;Submitted\n1;2\n")
    opened = with_transport(desk, [file(row("CSU-2026-0001")), bad])
    receipt = flows.receive(opened, "residents", DAY)
    assert receipt.outcome == Outcome.LANDED_IN_PART
    assert "“concerns-20261022.csv”: the header was expected" in receipt.reason
    assert exported(desk)["outcome"] == "landed_in_part"
    briefing = flows.brief(opened, DAY)[0]
    assert "Residents: incomplete; some of it could not be used" in briefing.notices
    assert not next(line for line in briefing.feeds if line.partner == "Residents").is_complete


def test_a_bad_file_after_a_good_one_is_told_and_takes_nothing_away(desk):
    opened = with_transport(desk, [file(row("CSU-2026-0001"))], [FetchedFile("concerns-20261022.csv", b"<html>")])
    assert flows.receive(opened, "residents", DAY).outcome == Outcome.LANDED
    polling.poll_again(opened.intake, DAY)
    assert exported(desk)["outcome"] == "landed_in_part"
    assert "web page" in exported(desk)["reason"]
    assert desk.ledger()[str(DAY), "residents"]["new_reports"] == 1


def test_a_delivery_that_is_not_whole_is_in_part_until_the_rest_comes(desk):
    half = file(row("CSU-2026-0001"), lacking="page 2 did not come: the server answered 500")
    opened = with_transport(desk, [half], [file(row("CSU-2026-0001"), row("CSU-2026-0002", TEXTS[1]))])
    receipt = flows.receive(opened, "residents", DAY)
    assert receipt.outcome == Outcome.LANDED_IN_PART
    assert "page 2 did not come" in receipt.reason
    polling.poll_again(opened.intake, DAY)
    assert exported(desk)["outcome"] == "landed"


def test_a_system_that_does_not_answer_the_second_time_changes_nothing(desk):
    opened = with_transport(desk, [file(row("CSU-2026-0001"))], TransportError("residents: no answer"))
    flows.receive(opened, "residents", DAY)
    polling.poll_again(opened.intake, DAY)
    assert exported(desk)["outcome"] == "landed"


def test_what_we_could_not_look_at_is_ours_and_what_was_not_there_is_missing(desk):
    ours = flows.receive(with_transport(desk, TransportError("residents: the login was refused")), "residents", DAY)
    assert (ours.outcome, ours.reason) == (Outcome.UNREACHABLE, "the login was refused")
    near = FetchResult(not_taken=("“winmail.dat” (an Outlook wrapping that can't be opened)",))
    theirs = flows.receive(with_transport(desk, near), "residents", DAY)
    assert theirs.outcome == Outcome.MISSING
    assert "winmail.dat" in theirs.reason


def test_a_late_file_of_an_earlier_day_is_news_and_does_not_stand_for_todays(desk):
    late = FetchedFile("concerns-20261021.csv", content(row("CSU-2026-0001", day="2026-10-20")))
    receipt = flows.receive(with_transport(desk, [late]), "residents", DAY)
    assert receipt.outcome == Outcome.MISSING
    assert receipt.ledger == Ledger(rows_in=1, new=1)
    assert "came late and was taken" in receipt.reason


def test_a_file_that_somebody_is_still_filling_is_read_when_it_stands_still(desk):
    path = desk.put("residents", str(DAY), content(row("CSU-2026-0001")))
    settle(path)
    flows.receive(desk.open(), "residents", DAY)
    path.write_bytes(content(row("CSU-2026-0001"), row("CSU-2026-0002", TEXTS[1])))
    settle(path)
    polling.poll_again(desk.open().intake, DAY)
    assert desk.ledger()[str(DAY), "residents"]["new_reports"] == 2


@pytest.fixture
def daily(desk):
    """A desk whose residents count their references anew each day."""
    declared = desk.home / "include" / "feeds" / "residents.yml"
    declared.write_text(declared.read_text() + "ref_unique: day\n")
    suite = desk.home / "include" / "expectations" / "residents.json"
    suite.write_text('{"name": "residents", "expectations": []}')
    return desk


def test_references_that_begin_again_each_day_are_new_reports(daily):
    for number, text in enumerate(TEXTS[:3]):
        day = dt.date(2026, 10, 22) + dt.timedelta(days=number)
        daily.put(
            "residents", str(day), content(row("14-1", text, str(day - dt.timedelta(days=1)), phone="07700 900123"))
        )
        assert flows.receive(daily.open(), "residents", day).ledger == Ledger(rows_in=1, new=1)
    # The same event in a later delivery is still the one report.
    again = content(
        row("14-1", TEXTS[2] + " Gone now.", "2026-10-23", phone="07700 900123"), row("14-2", TEXTS[3], "2026-10-24")
    )
    daily.put("residents", "2026-10-25", again)
    assert flows.receive(daily.open(), "residents", dt.date(2026, 10, 25)).ledger == Ledger(
        rows_in=2, new=1, revisions=1
    )


def test_a_person_is_found_by_one_report_of_a_reference_that_is_used_again(daily):
    for number in range(2):
        day = DAY + dt.timedelta(days=number)
        phone = f"07700 90012{number}"
        daily.put(
            "residents", str(day), content(row("14-1", TEXTS[number], str(day - dt.timedelta(days=1)), phone=phone))
        )
        flows.receive(daily.open(), "residents", day)
    with pytest.raises(TaskingError, match="2 reports have that reference; name one with its day"):
        erasure.find_person(daily.open().privacy, "residents:14-1")
    assert erasure.find_person(daily.open().privacy, "residents:2026-10-21:14-1")


def test_a_revision_of_another_event_is_held_and_can_be_released(desk):
    flows.receive(with_transport(desk, [file(row("CSU-2026-0001"))]), "residents", DAY)
    later = DAY + dt.timedelta(days=1)
    other = FetchedFile("concerns-20261023.csv", content(row("CSU-2026-0001", TEXTS[2], "2026-10-22")))
    receipt = flows.receive(with_transport(desk, [other]), "residents", later)
    assert receipt.ledger == Ledger(rows_in=1, held=1)
    held = desk.held()[0]
    assert held["reason"].startswith('used again: "Reference" is the reference of another event; release it')
    ledger = quarantine.amend(desk.open().intake, held["held_id"], {}, "an officer")
    assert ledger == Ledger(rows_in=1, revisions=1)


def test_a_revision_of_an_old_report_is_not_held_for_its_age(desk):
    flows.receive(with_transport(desk, [file(row("CSU-2026-0001"))]), "residents", DAY)
    later = dt.date(2026, 12, 10)
    changed = FetchedFile(
        "concerns-20261210.csv", content(row("CSU-2026-0001", TEXTS[0] + " Cleared."), row("CSU-2026-0009", TEXTS[1]))
    )
    receipt = flows.receive(with_transport(desk, [changed]), "residents", later)
    assert receipt.ledger == Ledger(rows_in=2, revisions=1, held=1)
    assert desk.held()[0]["reason"].startswith("received long before this delivery")


def test_a_row_that_breaks_our_own_reading_is_held_and_the_others_are_in(desk, monkeypatch):
    from tasking.intake import row_isolation

    def breaks(feed, rows, *arguments):
        if rows.frame["Reference"].eq("CSU-2026-0002").any():
            raise ZeroDivisionError("Mrs Whitlock of number 39")
        return normalise(feed, rows, *arguments)

    normalise = row_isolation.normalise
    monkeypatch.setattr(row_isolation, "normalise", breaks)
    opened = with_transport(
        desk, [file(row("CSU-2026-0001"), row("CSU-2026-0002", TEXTS[1]), row("CSU-2026-0003", TEXTS[2]))]
    )
    receipt = flows.receive(opened, "residents", DAY)
    assert receipt.ledger == Ledger(rows_in=3, new=2, held=1)
    assert desk.held()[0]["reason"].startswith("unreadable because of a fault in Tasking")
    assert desk.rows("held")[0]["row_number"] == 2


def test_rows_that_are_all_broken_by_us_are_raised_and_cost_no_hours(desk, monkeypatch):
    from tasking.intake import row_isolation

    tries = []

    def breaks(feed, rows, *arguments):
        tries.append(len(rows.frame))
        raise ZeroDivisionError

    monkeypatch.setattr(row_isolation, "normalise", breaks)
    many = [row(f"CSU-2026-{number:04}") for number in range(2000)]
    with pytest.raises(ZeroDivisionError):
        flows.receive(with_transport(desk, [file(*many)]), "residents", DAY)
    assert len(tries) < 110


def test_rows_beyond_the_tries_are_held_and_none_is_lost(desk, monkeypatch):
    from tasking.intake import row_isolation

    def breaks(feed, rows, *arguments):
        if rows.frame["Reference"].str.endswith("7").any():
            raise ZeroDivisionError
        return normalise(feed, rows, *arguments)

    normalise = row_isolation.normalise
    monkeypatch.setattr(row_isolation, "normalise", breaks)
    monkeypatch.setattr(row_isolation, "_MOST_TRIES", 5)
    many = [row(f"CSU-2026-{number:04}") for number in range(40)]
    receipt = flows.receive(with_transport(desk, [file(*many)]), "residents", DAY)
    assert receipt.ledger.balances
    assert receipt.ledger.rows_in == 40


def test_what_a_file_is_called_reaches_neither_chat_nor_a_log(desk, caplog):
    from tasking.model.clearance import Clearance
    from tasking.runtime.airflow import log_receipt

    named = FetchResult(not_taken=("“concerns re John Smith.docx” (another file)",))
    opened = with_transport(desk, [file(row("CSU-2026-0001"))])
    flows.receive(opened, "residents", DAY)
    later = DAY + dt.timedelta(days=1)
    same = FetchResult((FetchedFile("concerns-20261023.csv", content(row("CSU-2026-0001"))),), named.not_taken)
    for answer in (same, named):
        receipt = flows.receive(with_transport(desk, answer), "residents", later)
        briefing = flows.brief(opened, later)[0]
        assert "Smith" not in str(briefing.cleared_for(Clearance.PUBLIC))
        with caplog.at_level("INFO"):
            log_receipt(receipt)
        assert "Smith" not in caplog.text
    assert "John Smith" in receipt.reason


def test_an_old_file_under_todays_name_is_told_where_the_feed_looks_back(desk):
    body = content(row("CSU-2026-0001", day="2026-10-20"))
    flows.receive(
        with_transport(desk, [FetchedFile("concerns-20261021.csv", body)]), "residents", dt.date(2026, 10, 21)
    )
    both = [FetchedFile("concerns-20261022.csv", body), FetchedFile("concerns-20261021.csv", body)]
    receipt = flows.receive(with_transport(desk, both), "residents", DAY)
    assert receipt.outcome == Outcome.SAME_AS_BEFORE
    assert receipt.reason == "the file of Wed 21 Oct was sent again: nothing new"


def test_a_revision_that_lifts_a_restriction_is_held_and_asked(desk):
    flagged = row("CSU-2026-0001", TEXTS[2]).replace(",N,,,", ",Y,,safeguarding,")
    flows.receive(with_transport(desk, [file(flagged)]), "residents", DAY)
    lifted = FetchedFile("concerns-20261023.csv", content(row("CSU-2026-0001", TEXTS[2] + " All fine now.")))
    receipt = flows.receive(with_transport(desk, [lifted]), "residents", DAY + dt.timedelta(days=1))
    assert receipt.ledger == Ledger(rows_in=1, held=1)
    assert desk.held()[0]["reason"].startswith("would change how the report of that reference is handled")


def test_what_somebody_pasted_into_a_cell_is_never_a_row(desk):
    pasted = row(
        "CSU-2026-0001", "Same again.\n" + row("CSU-2026-0002", "All fine now").strip().replace('"', '""') + "\n."
    )
    receipt = flows.receive(with_transport(desk, [file(pasted, row("CSU-2026-0003", TEXTS[1]))]), "residents", DAY)
    assert receipt.ledger == Ledger(rows_in=2, new=2)
    assert [one["source_ref"] for one in desk.rows("report")] == ["CSU-2026-0001", "CSU-2026-0003"]


def test_a_page_that_fails_the_second_time_takes_nothing_away(desk):
    half = file(row("CSU-2026-0001"), lacking="page 2 did not come")
    opened = with_transport(desk, [file(row("CSU-2026-0001"), row("CSU-2026-0002", TEXTS[1]))], [half])
    flows.receive(opened, "residents", DAY)
    polling.poll_again(opened.intake, DAY)
    assert exported(desk)["outcome"] == "landed"


def test_what_comes_the_second_time_is_taken_though_it_is_not_the_whole_yet(desk):
    first = file(row("CSU-2026-0001"), lacking="page 2 did not come")
    second = file(row("CSU-2026-0001"), row("CSU-2026-0002", TEXTS[1]), lacking="page 3 did not come")
    opened = with_transport(desk, [first], [second])
    flows.receive(opened, "residents", DAY)
    polling.poll_again(opened.intake, DAY)
    assert exported(desk)["outcome"] == "landed_in_part"
    assert desk.ledger()[str(DAY), "residents"]["new_reports"] == 2


def test_partners_that_take_too_long_are_not_waited_for_before_linking(desk):
    answered = threading.Event()

    class Slow:
        def fetch(self, request):
            answered.wait(30)
            return FetchResult()

    opened = with_transport(desk, [file(row("CSU-2026-0001"))])
    quick = opened.open_transport
    opened = replace(opened, open_transport=lambda feed: quick(feed) if feed.feed == "residents" else Slow())
    started = time.monotonic()
    try:
        receipts = {receipt.feed: receipt for receipt in polling.poll_again(opened.intake, DAY, 0.5)}
    finally:
        answered.set()
    assert time.monotonic() - started < 20
    assert receipts["residents"].outcome == "landed"
    assert {receipt.outcome for feed, receipt in receipts.items() if feed != "residents"} == {"unreachable"}


PAGE = FetchedFile("concerns-20261022.csv", b"<html>log in</html>")


def test_a_good_file_brought_by_hand_is_not_undone_by_the_bad_one_that_still_lies_there(desk):
    opened = with_transport(desk, [PAGE])
    assert flows.receive(opened, "residents", DAY).outcome == Outcome.REFUSED
    brought = receiving.receive_by_hand(
        opened.intake, "residents", DAY, "from-the-mail.csv", content(row("CSU-2026-0001")), "jo"
    )
    assert brought.outcome == Outcome.LANDED
    for look in (
        lambda: flows.poll(opened, "residents", DAY),
        lambda: polling.poll_again(opened.intake, DAY),
        lambda: polling.receive_all(opened.intake, DAY),
    ):
        look()
        assert (exported(desk)["outcome"], exported(desk)["reason"]) == ("landed", "")
    assert flows.poll(opened, "residents", DAY).receipt.outcome == Outcome.LANDED


def test_a_whole_file_brought_by_hand_is_not_undone_by_the_half_one_that_still_lies_there(desk):
    rows = content(row("CSU-2026-0001"), row("CSU-2026-0002", TEXTS[1]))
    half = FetchedFile("concerns-20261022.csv", rows[:-60])
    opened = with_transport(desk, [half])
    assert flows.receive(opened, "residents", DAY).outcome == Outcome.LANDED_IN_PART
    receiving.receive_by_hand(opened.intake, "residents", DAY, "whole.csv", rows, "jo")
    polling.poll_again(opened.intake, DAY)
    assert exported(desk)["outcome"] == "landed"


def test_another_bad_file_after_one_that_was_put_right_is_told(desk):
    other = FetchedFile("concerns-20261022.csv", b"%PDF-1.7 minutes")
    opened = with_transport(desk, [PAGE], [other])
    flows.receive(opened, "residents", DAY)
    receiving.receive_by_hand(opened.intake, "residents", DAY, "from-the-mail.csv", content(row("CSU-2026-0001")), "jo")
    polling.poll_again(opened.intake, DAY)
    assert exported(desk)["outcome"] == "landed_in_part"
    assert "a PDF" in exported(desk)["reason"]


def test_bytes_that_were_brought_for_a_wrong_day_can_be_brought_for_the_right_one(desk):
    opened, before = desk.open(), DAY - dt.timedelta(days=1)
    of_today = content(row("CSU-2026-0001"), row("CSU-2026-0002", TEXTS[1]))
    wrong = receiving.receive_by_hand(opened.intake, "residents", before, "x.csv", of_today, "jo")
    assert wrong.ledger == Ledger(rows_in=2, held=2)  # received after that day's window
    right = receiving.receive_by_hand(opened.intake, "residents", DAY, "x.csv", of_today, "jo")
    assert (right.outcome, right.ledger) == (Outcome.LANDED, Ledger(rows_in=2, new=2))
    after = DAY + dt.timedelta(days=1)
    again = receiving.receive_by_hand(opened.intake, "residents", after, "x.csv", of_today, "jo")
    assert (again.outcome, again.ledger) == (Outcome.SAME_AS_BEFORE, Ledger())


def test_a_file_with_a_header_and_no_row_is_asked_for_again_at_the_last_look(desk):
    opened = with_transport(desk, [file()], [file(row("CSU-2026-0001"))])
    assert flows.receive(opened, "residents", DAY).outcome == Outcome.LANDED
    polling.poll_again(opened.intake, DAY, is_only_for_missing=True)
    assert exported(desk)["rows_in"] == 1


def test_a_file_with_rows_is_not_asked_for_again_at_the_last_look(desk):
    opened = with_transport(desk, [file(row("CSU-2026-0001"))], [file(row("CSU-2026-0001"), row("CSU-2026-0002"))])
    flows.receive(opened, "residents", DAY)
    polling.poll_again(opened.intake, DAY, is_only_for_missing=True)
    assert exported(desk)["rows_in"] == 1
