"""What a declaration says of its delivery, and the transport that comes of it."""

import datetime as dt
from dataclasses import replace

import pytest
from conftest import ROOT

from tasking.config.feed import load_feed
from tasking.intake.transports import Address, open_drops, open_transport
from tasking.model.errors import DeclarationError

DAY = dt.date(2026, 10, 22)
ADDRESS = Address("127.0.0.1")


def declared(tmp_path, feed: str, delivery: str = "", transport: str = "", **changed: str):
    """The project's own declaration of a feed, with more said under `delivery` and in its transport."""
    text = (ROOT / "include" / "feeds" / f"{feed}.yml").read_text(encoding="utf-8")
    text = text.replace("delivery:\n", f"delivery:\n  {delivery}\n" if delivery else "delivery:\n", 1)
    text = text.replace("page_size: 200", f"page_size: 200, {transport}") if transport else text
    path = tmp_path / f"{feed}.yml"
    path.write_text(text + "".join(f"{key}: {value}\n" for key, value in changed.items()), encoding="utf-8")
    return load_feed(path)


@pytest.mark.parametrize("spelling", ["3 days", "3", "  3  days ", "'3'"])
def test_a_feed_may_look_back(tmp_path, spelling):
    feed = declared(tmp_path, "residents", f"look_back: {spelling}")
    assert feed.delivery.look_back == 3
    assert feed.delivery.earlier_names(DAY) == (
        "concerns-20261021.csv", "concerns-20261020.csv", "concerns-20261019.csv",
    )  # fmt: skip


def test_without_a_word_no_feed_looks_back(tmp_path):
    assert declared(tmp_path, "residents").delivery.earlier_names(DAY) == ()
    assert declared(tmp_path, "residents", "look_back: 1 day").delivery.look_back == 1


def test_a_name_that_several_days_share_is_asked_for_once(tmp_path):
    feed = declared(tmp_path, "residents", "look_back: 9 days")
    weekly = replace_name(feed, "concerns-{day:%G-W%V}.csv")
    assert weekly.delivery.earlier_names(DAY) == ("concerns-2026-W42.csv",)


def replace_name(feed, name: str):
    return feed.model_copy(update={"delivery": feed.delivery.model_copy(update={"name": name})})


@pytest.mark.parametrize("word", ["look_back: a week", "look_back: -1", "look_back: 99 days", "still_for_s: -1"])
def test_what_can_not_be_meant_is_refused(tmp_path, word):
    with pytest.raises(DeclarationError, match=word.partition(":")[0]):
        declared(tmp_path, "residents", word)


def test_how_long_a_file_must_stand_still_is_declared_or_the_transports(tmp_path):
    plain, said = declared(tmp_path, "police"), declared(tmp_path, "police", "still_for_s: 40")
    assert open_transport(plain, ADDRESS, tmp_path).still_for_s == 5
    assert open_transport(said, ADDRESS, tmp_path).still_for_s == 40
    assert open_drops(said, tmp_path).still_for_s == 40
    assert open_drops(plain, tmp_path).still_for_s == 5
    assert open_transport(declared(tmp_path, "fire"), None, tmp_path).still_for_s == 0


@pytest.mark.parametrize("feed", ["housing", "council"])
def test_how_long_a_file_must_stand_still_is_refused_where_there_is_no_file(tmp_path, feed):
    with pytest.raises(
        DeclarationError, match=r"still_for_s is for files in a folder, .* gives a delivery whole, so leave"
    ):
        declared(tmp_path, feed, "still_for_s: 5")


@pytest.mark.parametrize("feed", ["police", "housing", "residents", "wardens", "council", "fire"])
def test_how_large_a_file_may_be_is_what_the_feed_declares(tmp_path, feed):
    plain = declared(tmp_path, feed)
    large = plain.model_copy(update={"file": plain.file.model_copy(update={"max_bytes": 10**9})})
    transport = open_transport(large, ADDRESS, tmp_path)
    assert (transport.bounds.bytes if feed == "council" else transport.most_bytes) == 10**9
    assert open_drops(large, tmp_path).most_bytes == 10**9


def test_an_open311_feed_is_known_by_its_own_reference_and_keeps_its_bounds(tmp_path):
    server = open_transport(
        declared(tmp_path, "council", transport="max_requests: 7, max_seconds: 9"), ADDRESS, tmp_path
    )
    assert server.source_ref == "service_request_id"
    assert (server.bounds.requests, server.bounds.seconds) == (7, 9)


def test_a_feed_that_prints_a_case_for_each_heading_is_known_by_whole_records(tmp_path):
    feed = declared(tmp_path, "council", merge_headings="true")
    assert open_transport(feed, ADDRESS, tmp_path).source_ref is None


def test_a_request_names_each_file_once_and_asks_from_earlier(request_for):
    request = request_for("residents")
    asked = replace(request, earlier_names=("b", request.file_name, "b"), look_back_days=2)
    assert asked.names == (request.file_name, "b")
    assert asked.since_with_look_back == request.since - dt.timedelta(days=2)
