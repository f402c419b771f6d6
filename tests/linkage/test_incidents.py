"""Which reports are one incident: agreement, contradiction, chains, sensitive matters, and a person's word."""

from dataclasses import replace

import pytest

from tasking.linkage.constraints import PairConstraints, constraints_from_decisions
from tasking.model.incident import Decision

LAKES = {"place": "Bradbourne Lakes, Sevenoaks", "latitude": 51.2855, "longitude": 0.1845}
FLAT = {"place": "Northview, Swanley", "latitude": 51.3946, "longitude": 0.1724, "kind": "Domestic incident"}
LANE = {"place": "Pells Lane, West Kingsdown", "latitude": 51.3353, "longitude": 0.2697, "kind": "Fly-tipping"}


def test_three_partners_telling_of_one_evening_are_one_incident(reports):
    reports.add(
        "police:1", "2026-11-10 20:52", "15-20 YOUTHS IN SHELTER, MUSIC, DRINKING", occurred="2026-11-10 20:40", **LAKES
    )
    reports.add("residents:1", "2026-11-11 07:31", "A gathering at the shelter last night, speaker blasting, cider everywhere",
                occurred="2026-11-10 20:15", kind="Groups of young people", place="Bradbourne Lakes shelter")  # fmt: skip
    reports.add(
        "wardens:1",
        "2026-11-11 13:00",
        "Youths drinking in the shelter on Tuesday night, music until half nine",
        **LAKES,
    )
    assert len(reports.link()) == 1


def test_the_next_night_is_another_incident(reports):
    reports.add(
        "police:1", "2026-11-10 20:52", "15-20 YOUTHS IN SHELTER, MUSIC, DRINKING", occurred="2026-11-10 20:40", **LAKES
    )
    reports.add(
        "police:2", "2026-11-11 20:58", "10-12 YOUTHS IN SHELTER, MUSIC, DRINKING", occurred="2026-11-11 20:45", **LAKES
    )
    reports.add(
        "residents:1", "2026-11-11 07:31", "a crowd with music in the shelter", occurred="2026-11-10 20:20", **LAKES
    )
    assert reports.link() == {frozenset({"police:1", "residents:1"}), frozenset({"police:2"})}


def test_what_is_told_before_it_happens_elsewhere_is_not_that(reports):
    reports.add("residents:1", "2026-11-15 10:05", "Motorbikes on the football yesterday afternoon", occurred="2026-11-14 15:30",
                kind="Motorbikes / quad bikes", place="Greatness rec")  # fmt: skip
    reports.add("wardens:1", "2026-11-16 09:30", "two scrambler bikes round the play area on Sunday afternoon",
                occurred="2026-11-15 14:45", place="Greatness Recreation Ground")  # fmt: skip
    assert len(reports.link()) == 2


def test_the_same_street_name_in_another_village_is_another_place(reports):
    words = "Commuter parking both sides, refuse lorry unable to pass. Car on double yellow by station entrance."
    for number, (village, latitude, longitude) in enumerate(
        (("Otford", 51.3130, 0.1884), ("Eynsford", 51.3630, 0.2047))
    ):
        reports.add(f"council:{number}", "2026-11-12 08:15", words, occurred="2026-11-12 07:50", kind="Parking - obstruction",
                    place=f"Station Road, {village}", latitude=latitude, longitude=longitude)  # fmt: skip
    assert len(reports.link()) == 2


def test_a_heap_of_something_else_in_the_same_gateway_is_another_heap(reports):
    reports.add("council:1", "2026-11-12 08:41", "Builders waste, bath, basin, tiles in field gateway", **LANE)
    reports.add(
        "residents:1", "2026-11-12 09:22", "Someone has emptied a bath, a basin and tiles in the gateway", **LANE
    )
    reports.add("council:2", "2026-11-12 15:06", "Approx 40 car tyres down bank. Separate to earlier job.", **LANE)
    reports.desk = replace(reports.desk, linker=replace(reports.desk.linker, precision="0.90"))
    assert reports.link() == {frozenset({"council:1", "residents:1"}), frozenset({"council:2"})}


def test_a_heap_told_in_other_words_is_asked_about_and_the_other_heap_is_not(reports):
    reports.add("council:1", "2026-11-12 08:41", "Builders waste, bath, basin, tiles in field gateway", **LANE)
    reports.add("residents:1", "2026-11-12 09:22", "Someone has emptied a whole bathroom in the hedge", **LANE)
    reports.add("council:2", "2026-11-12 15:06", "Approx 40 car tyres down bank. Separate to earlier job.", **LANE)
    linkage = reports.linkage(most_reviews=1)
    one = {membership.report_id: membership.incident_id for membership in linkage.memberships}
    asked = {(pair.report_a, pair.report_b) for pair in linkage.review_pairs}
    assert one["council:1"] == one["residents:1"] or asked == {("council:1", "residents:1")}
    assert one["council:2"] not in (one["council:1"], one["residents:1"])


def test_two_heaps_of_which_nobody_says_more_than_that_are_asked_about(reports):
    reports.add("council:1", "2026-11-12 08:41", "Job raised, crew to attend", **LANE)
    reports.add("wardens:1", "2026-11-12 13:22", "Fly-tip noted on my round", **LANE)
    linkage = reports.linkage(most_reviews=5)
    assert len({one.incident_id for one in linkage.memberships}) == 2
    assert [(one.report_a, one.report_b) for one in linkage.review_pairs] == [("council:1", "wardens:1")]


def test_a_car_is_known_by_its_mark_weeks_later_and_with_a_letter_misread(reports):
    road = {"place": "Lambarde Road, Sevenoaks", "latitude": 51.2820, "longitude": 0.1863, "kind": "Abandoned vehicle"}
    reports.add("council:1", "2026-11-01 15:11", "Silver Corsa, GN58 IQD, untaxed", **road)
    reports.add("police:1", "2026-11-14 18:24", "SMALL SILV HATCH, VRM READ AS GM58 IQD", **road)
    reports.add("council:2", "2026-11-02 09:58", "Silver Astra, part plate GN58, no tax",
                **{**road, "place": "Bradbourne Road, Sevenoaks"})  # fmt: skip
    assert reports.link() == {frozenset({"council:1", "police:1"}), frozenset({"council:2"})}


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        (("Dawn Pritchett", "1991-06-03"), ("Dawn Pritchett", None), True),
        (("Kayleigh Burgin", None), ("K Burgin", None), True),
        (("Alfred Tolhurst", None), ("Alf", None), True),
        (("Gary Munn", None), ("Mr Munn", None), False),  # a surname is a family's
        (("Dawn Pritchett", "1991-06-03"), ("Dawn Pritchett", "1987-02-11"), False),
        (("Alfred Tolhurst", None), ("Olive Fenwick", None), False),
        (("Dawn Pritchett", None), (None, None), False),
    ],
)
def test_sensitive_reports_are_merged_on_who_it_is_only(reports, one, other, is_one):
    words = "FEMALE SCREAMING, BANGING, CHILDREN CRYING. DOOR FORCED"
    for number, (name, born) in enumerate((one, other)):
        feed = ("police", "housing")[number]
        reports.add(f"{feed}:1", f"2026-11-10 2{number + 1}:47", words, occurred="2026-11-10 21:40", about=name, born=born,
                    flag="domestic_abuse", **FLAT)  # fmt: skip
    assert (len(reports.link()) == 1) is is_one


def test_a_report_that_names_nobody_joins_a_sensitive_incident_by_a_person_only(reports):
    reports.add(
        "police:1",
        "2026-11-10 21:47",
        "DOMESTIC, DOOR FORCED",
        occurred="2026-11-10 21:40",
        about="Dawn Pritchett",
        **FLAT,
    )
    reports.add("residents:1", "2026-11-10 22:32", "Police came to the flat under mine", occurred="2026-11-10 21:40",
                **{**FLAT, "kind": "I am worried about someone"})  # fmt: skip
    linkage = reports.linkage(most_reviews=5)
    assert len({one.incident_id for one in linkage.memberships}) == 2
    assert [one.is_restricted for one in linkage.review_pairs] == [True]
    assert len(reports.link([Decision("police:1", "residents:1", True)])) == 1


@pytest.mark.parametrize(
    "text",
    [
        "As per my call this morning. Rubble and a cream bath in my gateway.",
        "Sending again as I forgot the postcode: a bath dumped.",
    ],
)
def test_the_same_caller_who_says_so_tells_it_again(reports, text):
    own = {**LANE, "phone": "k1:abc", "caller": "R. Boorman"}
    reports.add("council:1", "2026-11-12 08:41", "Builders waste in field gateway. Bath, basin, tiles.", **own)
    reports.add("council:2", "2026-11-12 12:16", text, **own)
    assert len(reports.link()) == 1


def test_the_same_caller_about_another_matter_is_another_incident(reports):
    own = {"phone": "k1:abc", "caller": "Leonard Frayne"}
    reports.add("residents:1", "2026-11-12 08:52", "Grey builder's van across the dropped kerb by the pharmacy", kind="Parking",
                occurred="2026-11-12 08:25", place="Ash Road, Hartley", latitude=51.387, longitude=0.3039, **own)  # fmt: skip
    reports.add("residents:2", "2026-11-12 19:05", "Further to my message of this morning, an entirely different matter. Youngsters.",
                occurred="2026-11-12 18:40", place="Wellfield shops, Hartley", latitude=51.3883, longitude=0.3024, **own)  # fmt: skip
    assert len(reports.link()) == 2


def test_two_logs_of_a_partner_that_tells_once_are_two_incidents(reports):
    shop = {"place": "Bartholomew Way, Swanley", "latitude": 51.3973, "longitude": 0.1739, "kind": "Shoplifting"}
    reports.add("police:1", "2026-11-10 10:58", "2 X F, CLEARED SHELF OF FORMULA", occurred="2026-11-10 10:40", **shop)
    reports.add("police:2", "2026-11-10 11:20", "1 X M, VODKA", occurred="2026-11-10 11:00", **shop)
    assert len(reports.link()) == 2


def test_no_group_grows_along_a_chain(reports):
    """Each is near the next in place and time, and the first and the last are 2 km and five hours apart."""
    for step in range(11):
        reports.add(f"residents:{step}", f"2026-11-10 {14 + step // 2}:{30 * (step % 2):02d}", "quad bikes on the grass",
                    occurred=f"2026-11-10 {14 + step // 2}:{30 * (step % 2):02d}", kind="Motorbikes / quad bikes",
                    latitude=51.2800 + step * 0.0018, longitude=0.19)  # fmt: skip
    for members in reports.link():
        steps = [int(one.partition(":")[2]) for one in members]
        assert (max(steps) - min(steps)) * 200 <= 1100


def test_every_link_says_why_in_words_that_name_nobody(reports):
    reports.add("police:1", "2026-11-10 07:58", "SHED PADLOCK CROPPED, 2 X MOUNTAIN BIKES", occurred="2026-11-10 02:30",
                kind="Burglary", place="Dynes Rd, Kemsing", latitude=51.305, longitude=0.221, caller="Ian Treadwell")  # fmt: skip
    reports.add("residents:1", "2026-11-10 12:30", "two men wheeling bicycles at quarter to three, now hear Mr Treadwell has lost his",
                occurred="2026-11-10 02:45", kind="Suspicious activity", place="Dynes Road, Kemsing", caller="Wendy Larkham")  # fmt: skip
    linkage = reports.linkage()
    link = next(one.link for one in linkage.memberships if one.link)
    words = "; ".join(one.words for one in link.evidence)
    assert "both at Dynes Road" in link.reasons
    assert "one names the other's caller or person concerned" in link.reasons
    assert "15 minutes apart" in link.reasons
    assert "treadwell" not in words.casefold()
    assert all(one.weight for one in link.evidence)


def test_the_words_of_a_place_are_no_reason_of_what_was_done(reports):
    heap = "Asbestos sheets dumped by the bins"
    reports.add(
        "residents:1", "2026-11-10 08:00", heap, place="Stones Cross Rd Crockenhill, block 4", kind="Fly-tipping"
    )
    reports.add(
        "council:1", "2026-11-10 09:00", heap, place="Stones Cross Road, Crockenhill, block 4", kind="Fly-tipping"
    )
    link = next(one.link for one in reports.linkage().memberships if one.link)
    assert [words for words in link.reasons if words.startswith("both say")] == [
        "both say dumping, asbestos, bin, flats"
    ]


def test_a_person_parts_what_agrees_in_everything(reports):
    for feed in ("police", "residents", "wardens"):
        reports.add(
            f"{feed}:1", "2026-11-10 20:52", "youths in shelter, music, drinking", occurred="2026-11-10 20:40", **LAKES
        )
    assert len(reports.link()) == 1
    apart = reports.link([Decision("police:1", "residents:1", False)])
    assert not any({"police:1", "residents:1"} <= members for members in apart)
    assert len(apart) == 2


def test_the_later_word_of_two_people_counts():
    rows = {"a": 0, "b": 1, "c": 2}
    assert constraints_from_decisions(
        [Decision("a", "b", True), Decision("a", "b", False)], rows, ()
    ) == PairConstraints(frozenset(), frozenset({(0, 1)}))
    assert constraints_from_decisions(
        [Decision("a", "b", False), Decision("a", "b", True)], rows, ()
    ) == PairConstraints(frozenset({(0, 1)}), frozenset())
    # a is b, b is c, and later: a is not c. The older of the two that bring them together gives way.
    assert constraints_from_decisions(
        [Decision("a", "b", True), Decision("b", "c", True), Decision("a", "c", False)], rows, ()
    ) == PairConstraints(frozenset({(1, 2)}), frozenset({(0, 1), (0, 2)}))


def test_a_word_holds_through_reports_that_are_not_at_hand():
    assert constraints_from_decisions(
        [Decision("a", "x", True), Decision("x", "b", True)], {"a": 0, "b": 1}, ()
    ).must_link == frozenset({(0, 1)})
