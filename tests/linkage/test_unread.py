"""A report that can't be read is an incident of its own, and everything beside it is linked as before."""

import datetime as dt
from dataclasses import replace

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasking.linkage import FeatureExtractor, extraction, features_from_json

from .conftest import groups
from .test_any_text import ODD
from .test_properties import labelled  # noqa: F401 - the labelled fortnight


class Choking(FeatureExtractor):
    """A reader that can't read one word."""

    def extract(self, report, location):
        if "xyzzy" in (report["text"] or ""):
            raise KeyError("what somebody wrote: xyzzy")
        return super().extract(report, location)


def choking(desk):
    one = desk.extractor
    return replace(desk, extractor=Choking(one.lexicon, one.zone, one.pseudonym, one.sensitive))


def test_a_report_that_can_not_be_read_is_linked_to_nothing_by_words_place_caller_or_person(reports, linking_desk):
    told = {
        "kind": "Fly-tipping", "place": "Bradbourne Lakes, Sevenoaks", "latitude": 51.28, "longitude": 0.19,
        "caller": "Olive Fenwick", "phone": "k1:00", "about": "Alfred Tolhurst", "born": "1941-03-09",
    }  # fmt: skip
    text = "Mattresses and GN58 IQD by the lake again, ref SDC-700012, about 9pm last night"
    one = reports.add("council:1", "2026-11-10 09:00", text, **told)
    two = reports.add("council:2", "2026-11-10 09:10", text, **told)
    bad = reports.add("council:3", "2026-11-10 09:20", f"{text} xyzzy", **told)
    assert frozenset((one, two, bad)) in reports.link()  # the three are one, where all can be read
    reports.desk = choking(linking_desk)
    linkage = reports.linkage(most_reviews=10)
    found = groups({one.report_id: one.incident_id for one in linkage.memberships})
    assert found == {frozenset((one, two)), frozenset((bad,))}
    assert not any(bad in (asked.report_a, asked.report_b) for asked in linkage.review_pairs)
    unread = features_from_json(reports.frame().set_index("report_id").loc[bad, "signals"])
    assert (unread.is_unread, unread.is_sensitive) == (True, True)


def test_a_place_that_can_not_be_read_stops_no_other_of_its_feed(reports, linking_desk, monkeypatch):
    read = extraction.location_candidates

    def fails(gazetteer, some, error_m):
        if some["place_text"].eq("xyzzy").any():
            raise ValueError("what somebody wrote: xyzzy")
        return read(gazetteer, some, error_m)

    monkeypatch.setattr(extraction, "location_candidates", fails)
    names = [
        reports.add(f"council:{n}", "2026-11-10 09:00", "noise", place="xyzzy" if n == 5 else "High Street, Sevenoaks")
        for n in range(9)
    ]
    signals = [features_from_json(one) for one in reports.frame()["signals"]]
    assert [name for name, one in zip(names, signals, strict=True) if one.is_unread] == ["council:5"]
    assert all(one.shown for one in signals if not one.is_unread)


def test_the_log_says_where_reading_failed_and_never_what_was_written(reports, linking_desk, capsys):
    reports.desk = choking(linking_desk)
    reports.add("council:3", "2026-11-10 09:20", "xyzzy")
    reports.frame()
    said = capsys.readouterr()
    assert "council:3" in said.out + said.err
    assert "KeyError" in said.out + said.err
    assert "xyzzy" not in said.out + said.err


MORE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TIMES = st.sampled_from([dt.datetime(2100, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC),
                         dt.datetime(9999, 12, 31, tzinfo=dt.UTC), dt.datetime(1, 1, 1, tzinfo=dt.UTC)])  # fmt: skip


def test_one_hostile_report_changes_nothing_for_the_others(linking_desk, labelled):  # noqa: F811
    before = groups(
        {
            one.report_id: one.incident_id
            for one in linking_desk.linker.link(labelled.reset_index(drop=True)).memberships
        }
    )

    @MORE
    @given(st.fixed_dictionaries({
        name: ODD | st.none() for name in ("text", "category_text", "place_text", "postcode", "caller_name", "subject_name")
    }), TIMES, st.none() | TIMES, st.none() | TIMES, st.sampled_from([None, float("nan"), 91.0, 1e300]))  # fmt: skip
    def check(written, received, since, until, degrees):
        row = written | {
            "report_id": "residents:odd", "source_ref": "odd", "revision": 1, "feed": "residents", "received_at": received,
            "occurred_from": since, "occurred_to": until, "is_occurred_time_known": True, "latitude": degrees,
            "longitude": degrees, "subject_born_on": written["text"], "caller_key": None, "sensitivity": None,
            "category": "unknown", "is_restricted": True, "incident_id": None,
        }  # fmt: skip
        odd = pd.DataFrame([row], dtype=object)
        features = extraction.features_for(linking_desk.linkage, odd)
        odd = odd.assign(**extraction.feature_columns(features))
        both = pd.concat([labelled.astype(object), odd[list(labelled.columns)]], ignore_index=True)
        both["is_restricted"] = both["is_restricted"].astype(bool)
        found = groups({one.report_id: one.incident_id for one in linking_desk.linker.link(both).memberships})
        assert {members - {"residents:odd"} for members in found} - {frozenset()} == before

    check()
