"""Drafted from the partners' own exports, the six feeds give the same reports as their declarations written by hand."""

import datetime as dt
import subprocess
import sys

import pytest
from conftest import GOLD, ROOT

from tasking.config.feed import load_feed
from tasking.config.layers import Include
from tasking.config.partnership_file import load_partnership
from tasking.intake.drafting.draft import DraftRequest
from tasking.intake.drafting.sample import SampleFile
from tasking.intake.headings import merge_headings
from tasking.intake.normalise import normalise
from tasking.intake.pseudonyms import Pseudonyms
from tasking.intake.readers import read_rows
from tasking.model.errors import DeliveryRefused
from tasking.runtime import feed_draft
from tasking.runtime.local import open_conventions

INCLUDE = Include.of(ROOT / "include")
DAYS = [dt.date(2026, 10, 15) + dt.timedelta(days=away) for away in range(40)]


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """A fortnight of deliveries of all six partners, with the faults that theirs have."""
    folder = tmp_path_factory.mktemp("exports")
    command = [sys.executable, GOLD / "export.py", GOLD / "dev.jsonl", folder, "--faults", "7", "--unflagged", "0.3"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("feed", ["police", "council", "wardens", "housing", "fire", "residents"])
def test_a_draft_reads_what_the_hand_written_declaration_reads(exports, feed):
    by_hand = load_feed(ROOT / f"include/feeds/{feed}.yml")
    files = sorted((exports / feed).iterdir())
    samples = tuple(SampleFile(one.name, one.read_bytes()) for one in files)
    tried = feed_draft.draft(INCLUDE, DraftRequest(feed, by_hand.partner, samples))
    assert not tried.draft.is_blocked
    drafted = tried.draft.feed
    assert drafted.delivery.name == by_hand.delivery.name
    conventions = open_conventions(INCLUDE, load_partnership(INCLUDE), Pseudonyms("test", bytes(32)))
    compared = 0
    for one in samples:
        day = next(day for day in DAYS if by_hand.delivery.file_name(day) == one.name)
        try:
            ours, theirs = (_reports(declared, one.content, day, conventions) for declared in (by_hand, drafted))
        except DeliveryRefused:  # a file without a row that can be read
            continue
        assert list(ours.index) == list(theirs.index)
        for column in ours.columns:
            assert ours[column].astype(object).where(ours[column].notna(), None).tolist() == (
                theirs[column].astype(object).where(theirs[column].notna(), None).tolist()
            ), (one.name, column)
        compared += len(ours)
    assert compared > 15


def _reports(feed, content, day, conventions):
    taken = normalise(feed, read_rows(feed, content), day, conventions)
    return merge_headings(feed, taken.reports, taken.raw).drop(columns="content_hash")
