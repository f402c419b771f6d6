"""The labelled fortnight with faults until Monday 2 November 2026, in a database of its own; photos made on the spot."""

import io
import shutil
from dataclasses import replace

import pytest
import sqlalchemy as sa
from conftest import TestDesk
from PIL import Image

from tasking.linkage import decisions
from tasking.linkage.incident_filter import IncidentFilter
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY


@pytest.fixture
def copied(faulty, tmp_path) -> TestDesk:
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    return replace(faulty, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", others={})


@pytest.fixture
def services(copied):
    opened = copied.open()
    yield opened
    opened.warehouse.engine.dispose()


def reports_of(services, incident_id, visibility=FULL_VISIBILITY):
    return services.linkage.reports_side_by_side(incident_id, visibility)


def a_shared_incident(services, visibility=PUBLIC_VISIBILITY) -> str:
    """The id of a public incident of two reports or more."""
    found = services.linkage.incidents(IncidentFilter(is_shared=True), visibility, None, 50)
    return found[0].incident_id


def two_incidents(services) -> tuple[str, str]:
    """Two public incidents of one report each, of one kind and day, that people can merge."""
    found = services.linkage.incidents(IncidentFilter(), PUBLIC_VISIBILITY, None, 300)
    single = [one for one in found if one.reports == 1]
    for first in single:
        for second in single:
            if first.incident_id < second.incident_id and (first.day, first.category) == (second.day, second.category):
                return first.incident_id, second.incident_id
    raise AssertionError("no two of a kind")


def a_restricted_incident(services) -> str:
    found = services.linkage.incidents(IncidentFilter(), FULL_VISIBILITY, None, 500)
    return next(one.incident_id for one in found if one.is_restricted)


def merged(services, first, second) -> str:
    return decisions.merge(services.linkage, first, second, "officer")


def run_sql(services, statement, **values):
    with services.warehouse.writing() as connection:
        return connection.execute(sa.text(statement), values)


def photo(kind="JPEG", size=(640, 480), **options) -> bytes:
    """A picture with something to see in it."""
    out = io.BytesIO()
    picture = Image.new("RGB", size, "steelblue")
    picture.paste("gold", (0, 0, size[0] // 3, size[1] // 2))
    picture.save(out, format=kind, **options)
    return out.getvalue()


def photo_with_position(orientation=6) -> bytes:
    """A photo as a telephone takes it: on its side, with where it was taken, the camera and a comment."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "CanaryCamera"
    exif[0x9286] = b"ASCII\0\0\0kettlewhisper comment"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (51.0, 16.0, 37.2), "E", (0.0, 11.0, 33.0)
    out = io.BytesIO()
    picture = Image.new("RGB", (800, 400), "white")
    picture.paste("red", (0, 0, 400, 400))
    picture.save(out, format="JPEG", exif=exif, comment=b"kettlewhisper")
    return out.getvalue()
