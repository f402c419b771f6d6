"""The days that counts go by are days here, as in lists and their files."""

import datetime as dt
import html
import re

from .files import csv_of


def test_the_places_of_the_last_28_days_are_counted_as_in_the_list_of_those_days(copied, pages):
    first = copied.open().linkage.first_day()
    copied.now = dt.datetime.combine(first + dt.timedelta(days=28), dt.time(8, 30), dt.UTC)  # the first is day 29
    officer = pages()
    counted = re.findall(r"places\?name=[^>]*>([^<]+)<.*?<td[^>]*>(\d+)</td>", officer.get("/places").text, re.DOTALL)
    since = {"since": str(first + dt.timedelta(days=1))}
    listed = [row["Where"] for row in csv_of(officer, "incidents", since)]
    assert counted
    assert {html.unescape(name): int(count) for name, count in counted} == {
        html.unescape(name): listed.count(html.unescape(name)) for name, _ in counted
    }
