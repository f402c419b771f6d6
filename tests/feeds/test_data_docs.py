"""Data Docs of the contracts: complete, offline, and without anything that a partner sent."""

import datetime as dt
import re
import shutil

import pytest
import yaml
from conftest import TestDesk, home_for

from tasking.intake.contracts import contracts
from tasking.intake.quality.data_docs import write_data_docs

DAY = "2026-10-22"
EVER = (dt.date.min, dt.date.max)


@pytest.fixture(scope="module")
def written(tmp_path_factory, deliveries):
    """The pages of a day's deliveries, with something planted in each row of the police's file, by path."""
    made = tmp_path_factory.mktemp("docs")
    shutil.copytree(deliveries.folder, made / "drops")
    desk = TestDesk(home_for(made / "home"), made / "drops", f"sqlite:///{made / 'tasking.db'}")
    path = desk.path("police", DAY)
    desk.put("police", DAY, path.read_text(encoding="utf-8").replace('"GRADE', '"Zebedee GRADE').encode())
    declared = desk.home / "include" / "partnership.yml"
    partnership = yaml.safe_load(declared.read_text())
    partnership["partners"] = {"police": {"name": "<b>Police</b> & Co"}}
    declared.write_text(yaml.safe_dump(partnership, allow_unicode=True, sort_keys=False))
    desk.run(DAY)
    folder = made / "docs"
    opened = desk.open()
    pages = write_data_docs(contracts(opened.intake, *EVER), folder)
    found = {str(one.relative_to(folder)): one.read_text(encoding="utf-8") for one in folder.rglob("*.html")}
    assert len(found) == pages
    return opened, found


def test_every_suite_and_delivery_has_a_page_that_the_index_leads_to(written):
    opened, pages = written
    links = set(re.findall(r'href="([^"]+)"', pages["index.html"]))
    assert links == pages.keys() - {"index.html"}
    for feed in opened.partnership.feeds:
        assert {f"{feed}/suite-{one.name}.html" for one in opened.intake.suites[feed]} <= links
        assert f"{feed}/{DAY}-1.html" in links


def test_nothing_leads_anywhere_else(written):
    _, pages = written
    for path, text in pages.items():
        assert "http" not in text, path
        assert "<script" not in text, path
        folder = path.rpartition("/")[0]
        for link in re.findall(r'href="([^"#]+)"', text):
            target = link.removeprefix("../") if link.startswith("../") else f"{folder}/{link}".lstrip("/")
            assert target in pages, (path, link)


def test_what_a_partner_sent_is_on_no_page(written):
    _, pages = written
    assert not any("Zebedee" in text for text in pages.values())


def test_a_partners_name_is_text(written):
    _, pages = written
    assert "<b>Police" not in pages["index.html"]
    assert "&lt;b&gt;Police&lt;/b&gt; &amp; Co" in pages["index.html"]


def test_what_was_not_met_is_shown_with_its_counts(written):
    opened, pages = written
    failed = [row for row in opened.intake.quality(*EVER) if not row["is_met"]]
    assert failed
    for row in failed:
        text = pages[f"{row['feed']}/{DAY}-1.html"]
        assert "fa-times" in text
        assert re.search(rf">\\s*{row['failed']} unexpected value|{row['failed']} unexpected", text), row
