"""The restricted register on SQLite and PostgreSQL: the same rows, the same harm, the same finds; and nothing for others."""

import datetime as dt
from dataclasses import replace

from conftest import TestDesk, home_for

from tasking.linkage.incident_filter import IncidentFilter
from tasking.search import Reader
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

DAY = "2026-10-22"
NOW = dt.datetime(2026, 10, 22, 9, 0, tzinfo=dt.UTC)
KEEPER = Reader("keeper", FULL_VISIBILITY, has_details=True)
SEARCHED = ["sevenoaks", "TN13", "KENT", "Ω", "50%", "_", "\\", "ex-partner"]


def read(desk: TestDesk) -> tuple:
    desk.run(DAY, is_posting=False)
    opened = desk.open()
    service = opened.linkage
    rows = service.register(IncidentFilter(), FULL_VISIBILITY, None, 100)
    after = rows[1].incident.cursor
    return (
        rows,
        service.register(IncidentFilter(category=rows[0].incident.category), FULL_VISIBILITY, None, 100),
        service.register(IncidentFilter(), FULL_VISIBILITY, after, 100),
        service.register_size(FULL_VISIBILITY),
        [opened.search.restricted(words, KEEPER, 50) for words in SEARCHED],
        [opened.search.restricted(words, replace(KEEPER, has_details=False), 50) for words in SEARCHED],
    )


def test_it_is_the_same_on_both(database_url, deliveries, tmp_path):
    desk = TestDesk(home_for(tmp_path / "home"), deliveries.folder, database_url, now=NOW)
    found = read(desk)
    assert found == read(TestDesk(desk.home, deliveries.folder, f"sqlite:///{tmp_path / 'reference.db'}", now=NOW))
    rows, of_kind, rest, size, searched, without_details = found
    assert len(rows) == size > len(of_kind) > 0
    assert rest == rows[2:]
    assert all(row.harm.points and row.harm.is_restricted for row in rows if row.incident.is_restricted)
    assert any(searched)
    assert all(set(less) <= set(more) for less, more in zip(without_details, searched, strict=True))
    opened = desk.open()
    service = opened.linkage
    assert service.register(IncidentFilter(), PUBLIC_VISIBILITY, None, 100) == []
    assert service.register_size(PUBLIC_VISIBILITY) == 0
    assert not any(opened.search.restricted(one, replace(KEEPER, visibility=PUBLIC_VISIBILITY), 50) for one in SEARCHED)
