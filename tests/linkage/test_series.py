"""Which incidents are a series: different incidents of one problem, tied directly or through others."""

from tasking.linkage.series import find_series

ROAD = {"place": "Lambarde Road, Sevenoaks", "latitude": 51.2820, "longitude": 0.1863, "kind": "Abandoned vehicle"}
LANE = {"place": "Pells Lane, West Kingsdown", "latitude": 51.3353, "longitude": 0.2697, "kind": "Fly-tipping"}
FLAT = {"place": "Northview, Swanley", "latitude": 51.3946, "longitude": 0.1724, "kind": "Domestic incident"}


def found(reports) -> list[tuple[str, str, str]]:
    """The members of series, each report being an incident of its own: I1, I2, ... in the order of the reports."""
    frame = reports.frame()
    frame["incident_id"] = [f"I{number}" for number in range(1, len(frame) + 1)]
    return [(one.series_id, one.incident_id, one.why) for one in find_series(reports.desk.linker, frame)]


def test_incidents_further_apart_than_a_fortnight_are_a_series_through_one_between(reports):
    for day in ("2026-11-01", "2026-11-11", "2026-11-21"):
        reports.add(f"council:{day}", f"{day} 08:41", "Builders waste, bath, basin, tiles in field gateway", **LANE)
    assert found(reports) == [("S1", incident, "same kind of thing at one place") for incident in ("I1", "I2", "I3")]


def test_without_one_between_they_are_none(reports):
    for day in ("2026-11-01", "2026-11-21"):
        reports.add(f"council:{day}", f"{day} 08:41", "Builders waste, bath, basin, tiles in field gateway", **LANE)
    assert found(reports) == []


def test_a_vehicle_is_known_for_longer(reports):
    for day in ("2026-11-01", "2026-11-21"):
        reports.add(f"council:{day}", f"{day} 15:11", "Silver Corsa, GN58 IQD, dumped again", **ROAD)
    assert found(reports) == [("S1", incident, "same vehicle") for incident in ("I1", "I2")]


def test_two_problems_are_two_series_each_named_after_its_first_incident(reports):
    reports.add("council:1", "2026-11-02 08:41", "Builders waste, bath, basin, tiles in field gateway", **LANE)
    reports.add("council:2", "2026-11-03 15:11", "Silver Corsa, GN58 IQD, untaxed", **ROAD)
    reports.add("council:3", "2026-11-09 08:41", "Builders waste again, tiles in field gateway", **LANE)
    reports.add("police:1", "2026-11-10 18:24", "SILVER CORSA, GN58 IQD, BLOCKING DRIVE", **ROAD)
    assert found(reports) == [
        ("S1", "I1", "same kind of thing at one place"),
        ("S1", "I3", "same kind of thing at one place"),
        ("S2", "I2", "same vehicle"),
        ("S2", "I4", "same vehicle"),
    ]


def test_restricted_incidents_of_one_kind_at_one_place_are_no_series(reports):
    """Flats share an address: only their people tell whether it is one matter."""
    reports.add("police:1", "2026-11-02 21:10", "MALE SHOUTING AT PARTNER", **FLAT)
    reports.add("police:2", "2026-11-06 22:40", "MALE SHOUTING AT PARTNER", **FLAT)
    assert found(reports) == []


def test_restricted_incidents_about_one_person_are_a_series(reports):
    about = {"about": "Darren Whitlock", "born": "1984-03-11"}
    reports.add("police:1", "2026-11-02 21:10", "MALE SHOUTING AT PARTNER", **FLAT, **about)
    reports.add("police:2", "2026-11-06 22:40", "MALE SHOUTING AT PARTNER", **FLAT, **about)
    assert found(reports) == [("S1", "I1", "same people"), ("S1", "I2", "same people")]
