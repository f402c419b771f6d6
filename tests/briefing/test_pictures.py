"""The map and the strip: the same bytes for the same briefing, soon, with words, and no house on them."""

import struct

import h3
import pytest
from conftest import ROOT
from speed import assert_soon

from tasking.briefing import Geography, draw_pictures

from .made import made

GEOGRAPHY = Geography(ROOT / "include" / "geo")


@pytest.mark.uncached
def test_the_same_briefing_gives_the_same_bytes_in_under_three_seconds():
    draw_pictures(made(), GEOGRAPHY)  # matplotlib is loaded
    drawn = []
    assert_soon(lambda: drawn.append(draw_pictures(made(many=5), GEOGRAPHY)), 3)
    assert draw_pictures(made(many=5), GEOGRAPHY) == drawn[0]
    for picture in drawn[0]:
        assert picture.png.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", picture.png[16:24])
        assert 500 < width < 1200
        assert 300 < height < 1200


@pytest.mark.uncached
def test_the_words_say_what_the_pictures_show():
    where, weeks = draw_pictures(made(words="Noise"), GEOGRAPHY)
    assert where.alt.startswith("Map of the district by ward. 2 incidents of this briefing in 2 cells")
    assert "Noise 3, usual 0 to 2 a day" in weeks.alt


@pytest.mark.uncached
def test_a_day_without_history_has_a_map_and_no_empty_strip():
    (where,) = draw_pictures(made(many=0).model_copy(update={"map_cells": ()}), GEOGRAPHY)
    assert "0 incidents" in where.alt


@pytest.mark.uncached
def test_very_long_names_do_not_break_the_picture():
    draw_pictures(made(words="A very long name of a category indeed " * 8, many=5), GEOGRAPHY)


def test_positions_go_no_further_than_cells_that_show_no_house(desk_with_deliveries):
    desk = desk_with_deliveries
    for day in range(20, 24):
        briefing = desk.run(f"2026-10-{day}").briefing
    assert briefing.map_cells
    for cell in briefing.map_cells:
        assert h3.get_resolution(cell.cell) == 8
        assert h3.cell_area(cell.cell, unit="km^2") > 0.5
    assert sum(cell.today for cell in briefing.map_cells) <= briefing.incidents
    assert "latitude" not in briefing.canonical()


def test_an_incident_with_a_restricted_report_is_on_no_map(desk_with_deliveries):
    import datetime as dt

    desk = desk_with_deliveries
    desk.run("2026-10-22")
    day = dt.date(2026, 10, 22)
    opened = desk.open()
    mapped = {row["incident_id"] for row in opened.warehouse.query("briefing/positions", day=day, history_day=day)}
    restricted = {
        row["incident_id"]
        for row in opened.warehouse.query("briefing/restricted", day=day, first_day=day, history_day=day)
    }
    assert mapped
    assert restricted
    assert not mapped & restricted
