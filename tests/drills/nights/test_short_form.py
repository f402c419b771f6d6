"""The short form of `make drill`: some of its lines, on the scale topology, each as promised."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from .drill import drill
from .lines import LINES
from .parts import killed

pytestmark = pytest.mark.server

SHORT = [line for line in LINES if line.is_short and "scale" in line.kinds]


@pytest.fixture(scope="module")
def scale(tmp_path_factory):
    with drill(tmp_path_factory.mktemp("scale"), "scale") as running:
        yield running


@pytest.mark.parametrize("line", SHORT, ids=lambda line: line.fault)
def test_it_is_as_promised(scale, line):
    once = replace(line, night=killed("worker", seeds=(1,))) if line.fault == "a worker killed" else line
    assert once.night(scale).is_as_promised


def test_a_night_shows_by_name_whose_each_task_is(scale):
    ((dag_id, run),) = scale.begin(day := next(scale.days))
    assert set(scale.end(day, [(dag_id, run)]).values()) == {"success"}
    nights = [one for one in scale.topology.tasks(dag_id, run) if one["task_id"] == "night"]
    assert sorted(one["rendered_map_index"] for one in nights) == sorted(scale.names)


def test_housekeeping_reaches_every_district_and_airflows_own_tables(scale):
    run = scale.topology.trigger("housekeeping", day="2026-11-20")
    assert scale.topology.wait_for([("housekeeping", run)]) == {run: "success"}
    for name in scale.names:
        assert any(one["action"] == "retention" for one in rows_of_log(scale.stored(name)))


def rows_of_log(desk):
    with desk.warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.text("SELECT * FROM log")).mappings()]
