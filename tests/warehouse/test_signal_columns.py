"""What is asked of signals stands in columns: filled from what is stored, and the same as the signals say."""

import pandas as pd
import pytest
import sqlalchemy as sa
from alembic import command
from conftest import TestDesk, home_for

from tasking.linkage import features_from_json
from tasking.linkage.sensitivity import with_sensitivity
from tasking.warehouse import tables
from tasking.warehouse.migrations import alembic_config

DAY = "2026-10-22"
COLUMNS = ("is_sensitive", "is_marked", "is_unread")


@pytest.fixture
def desk(database_url, deliveries, tmp_path) -> TestDesk:
    made = TestDesk(home_for(tmp_path / "home"), deliveries.folder, database_url)
    made.run(DAY)
    return made


def stored(desk) -> list[sa.Row]:
    s = tables.report_signal
    with desk.open().warehouse.reading() as connection:
        return list(connection.execute(sa.select(s).order_by(s.c.report_id, s.c.revision)))


def as_read(row: sa.Row) -> dict:
    """A row with its signals as they are read: 552282 and 552282.0 are one."""
    return row._asdict() | {"signals": features_from_json(row.signals)}


def test_the_columns_say_what_the_signals_say_also_after_the_migration(desk):
    before = stored(desk)
    assert {row.is_marked for row in before} == {row.is_sensitive for row in before} == {True, False}
    for row in before:
        signals = features_from_json(row.signals)
        assert [getattr(row, name) for name in COLUMNS] == [getattr(signals, name) for name in COLUMNS]
    engine, config = desk.open().warehouse.engine, alembic_config()
    for revision in ("0011", "head"):
        with engine.execution_options(writing=True).begin() as connection:
            config.attributes["connection"] = connection
            (command.upgrade if revision == "head" else command.downgrade)(config, revision)
    engine.dispose()
    assert stored(desk) == before


def test_what_an_older_version_stored_meanwhile_is_filled_before_it_is_linked(desk):
    before = stored(desk)
    opened = desk.open()
    with opened.warehouse.writing() as connection:
        emptied = sa.update(tables.report_signal).values(dict.fromkeys(COLUMNS))
        connection.execute(emptied.where(tables.report_signal.c.report_id < before[5].report_id))
    assert {row.is_sensitive for row in stored(desk)} == {True, False, None}
    desk.run(DAY)
    assert [as_read(row) for row in stored(desk)] == [as_read(row) for row in before]


def test_words_that_nobody_has_judged_count_as_sensitive(desk):
    opened = desk.open()
    reports = pd.DataFrame({
        "report_id": ["a", "b", "c"], "sensitivity": [None] * 3, "category": ["asb"] * 3,
        "is_sensitive": [False, True, None],
    })  # fmt: skip
    assert with_sensitivity(opened.conventions.categories, reports)["is_restricted"].tolist() == [False, True, True]
