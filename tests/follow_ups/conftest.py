"""The labelled fortnight with faults until Monday 2 November 2026, in a database of its own."""

import datetime as dt
import shutil
from dataclasses import replace

import pytest
from conftest import TestDesk

from tasking import meeting
from tasking.model.follow_up import Contact, How, Result
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

TODAY = dt.date(2026, 11, 2)


@pytest.fixture
def copied(faulty, tmp_path) -> TestDesk:
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    return replace(faulty, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", others={})


@pytest.fixture
def service(copied):
    return copied.open().meeting


def open_ones(service, visibility=PUBLIC_VISIBILITY):
    return [one for one in meeting.follow_ups(service, visibility) if one.settled_by is None]


def restricted_ones(service):
    return [one for one in meeting.follow_ups(service, FULL_VISIBILITY) if one.is_restricted]


def call(service, result=Result.REACHED, **changes) -> Contact:
    return Contact(How.CALL, "Kent Police", service.clock(), result)._replace(**changes)
