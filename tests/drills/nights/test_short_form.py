"""The short form of `make drill`: some of its lines, on the scale topology, each as promised."""

from dataclasses import replace

import pytest

from .drill import drill
from .lines import LINES, killed

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
