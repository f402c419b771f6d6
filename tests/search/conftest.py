"""A warehouse filled by hand, on either database."""

import pytest
from conftest import TestDesk, empty_database, home_for

from search.search_desk import Searched


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def searched(request, tmp_path):
    with empty_database(request.param, tmp_path) as url:
        made = Searched(TestDesk(home_for(tmp_path / "home"), tmp_path, url))
        yield made
        made.warehouse.engine.dispose()


@pytest.fixture
def on_sqlite(desk) -> Searched:
    """For what does not depend on the database."""
    return Searched(desk)
