"""The log: filtered, and exported."""

import csv
import io

from tasking.intake import quarantine
from tasking.pages import May

from .conftest import OFFICER
from .on_the_desk import open_rows


def test_the_log_is_filtered_and_exported_and_that_is_logged(copied, pages):
    rows = open_rows(copied)[:3]
    quarantine.reject(copied.open().intake, [row["held_id"] for row in rows], "not ours", "hale")
    officer = pages()
    shown = officer.get("/log?actor=hale").text
    assert shown.count("held row rejected</td>") == 3
    exported = officer.post("/lists/log/file/csv", {"actor": "hale"})
    assert len(list(csv.reader(io.StringIO(exported.text)))) == 4
    assert (officer.log()[-1]["action"], officer.log()[-1]["note"]) == ("list exported", "csv, 3 rows; Who: hale")
    assert pages(OFFICER - {May.LOG}).get("/log").status_code == 403
