"""What is written beside a declaration has nobody in it: people are planted in every corner of the samples."""

import csv
import datetime as dt
import io
import json
import re
import zipfile

import openpyxl
from conftest import ROOT

from drafts.made import DAY, POLICE, housing_workbook, police_csv
from tasking.config.layers import Include
from tasking.intake.drafting.draft import DraftRequest
from tasking.intake.drafting.sample import SampleFile
from tasking.runtime.feed_draft import draft

CANARY = re.compile(
    r"canary|petunia|ottilie|zebedee|tarquin|oswald|07700 ?900[37]45|900345|960777|1988|4471", re.IGNORECASE
)


def drafted(name: str, content: bytes, **answers: str):
    request = DraftRequest("newfeed", "A new partner", (SampleFile(name, content),), "", answers)
    return draft(Include.of(ROOT / "include"), request)


def sample_of(tried) -> bytes:
    return tried.draft.files[f"feeds/{tried.draft.feed.sample}"]


def all_text(files: dict[str, bytes]) -> str:
    """Every byte of the files as text, the parts of workbooks among them."""
    found = []
    for name, content in files.items():
        found.append(name)
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                found += [archive.read(part).decode("utf-8", "replace") for part in archive.namelist()]
        else:
            found.append(content.decode("utf-8", "replace"))
    return "\n".join(found)


def test_a_csv_keeps_its_shape_and_nobody():
    tried = drafted("WMP_CSU_20261111.csv", police_csv(), date_order="day_first")
    assert not CANARY.search(all_text(tried.draft.files))
    before = list(csv.reader(io.StringIO(police_csv().decode("cp1252"))))
    after = list(csv.reader(io.StringIO(sample_of(tried).decode("cp1252"))))
    kept = [
        POLICE[0].index(name)
        for name in ("RPT_DT", "FROM_DT", "TO_DT", "OFFENCE_DESC", "RISK GRADING", "PCODE", "VULN")
    ]
    assert [[row[at] for at in kept] for row in before] == [[row[at] for at in kept] for row in after]
    assert sample_of(tried).count(b"\r\n") == 5
    assert after[2][POLICE[0].index("NOMINAL_DOB")] != "05/04/1988"


def test_rows_that_cannot_be_told_apart_are_made_unreadable():
    content = (
        police_csv()
        + b'42/0015/26,11/11/2026 04:40,Zebedee Canary 07700 900345\r\n42/0016/26,"Ottilie Canary never closed,x\r\n'
    )
    tried = drafted("WMP_CSU_20261111.csv", content, date_order="day_first")
    assert not CANARY.search(all_text(tried.draft.files))
    assert sample_of(tried).count(b"\r\n") == 7


def test_a_workbook_is_made_new_without_its_author_other_sheets_and_people():
    tried = drafted("MVH ASB cases 2026-10-22.xlsx", housing_workbook())
    assert not CANARY.search(all_text(tried.draft.files))
    sheet = openpyxl.load_workbook(io.BytesIO(sample_of(tried)))
    assert sheet.sheetnames == ["ASB cases"]
    rows = list(sheet["ASB cases"].iter_rows(values_only=True))
    assert rows[5][3:5] == (DAY, dt.time(9, 15))
    assert rows[10][0] == "Total"
    assert [cell for cell in rows[4] if cell][:2] == ["Ref", "Type"]


def test_json_keeps_its_bytes_but_for_people_in_lists_keys_and_numbers():
    records = [
        {
            "service_request_id": "SR-10023", "service_name": "Graffiti", "requested_datetime": "2026-10-21T09:30:00Z",
            "address": "14 Dynes Road, Kemsing", "lat": 51.30512, "long": 0.21877, "description": "Zebedee Canary did it",
            "caller": {"name": "Petunia Canarybird", "phone": 447700900345, "email": "petunia@canary.example"},
            "notes": [{"by": "Zebedee Canary", "text": "rang Ottilie on 07700 900345"}], "officer": "Tarquin Canary",
        },
        {
            "service_request_id": "SR-10024", "service_name": "Noise", "requested_datetime": "2026-10-21T21:30:00Z",
            "address": "Flat 2, High Street, Swanley", "lat": 51.3951, "long": 0.1731, "description": "Music all night",
            "caller": {"name": "Oswald Canarysson", "phone": None, "email": None}, "notes": [], "officer": "Tarquin Canary",
        },
    ]  # fmt: skip
    content = json.dumps(records, indent=1).encode()
    tried = drafted("requests_2026-10-22.json", content)
    assert not CANARY.search(all_text(tried.draft.files))
    after = json.loads(sample_of(tried))
    assert [row["requested_datetime"] for row in after] == [row["requested_datetime"] for row in records]
    assert [row["service_name"] for row in after] == ["Graffiti", "Noise"]
    assert after[0]["address"].endswith(" Dynes Road, Kemsing")
    assert not after[0]["address"].startswith("14 ")
    assert after[0]["lat"] == 51.305
    assert str(after[0]["caller"]["phone"]).startswith("7700900")


def test_title_lines_and_totals_keep_their_layout_and_lose_their_names():
    lines = [
        "ASB extract for Petunia Canarybird;;;", "", "Ref;Reported;Type;Details",
        "A/001;21/10/2026 10:00;Noise;Music from number 16", "A/002;21/10/2026 11:00;Litter;Bags by the bins",
        "Total;2;;", "Printed by Zebedee Canary, 07700 900345;;;",
    ]  # fmt: skip
    tried = drafted("extract_20261022.csv", "\n".join(lines).encode() + b"\n")
    sample = sample_of(tried).decode()
    assert not CANARY.search(all_text(tried.draft.files))
    assert sample.splitlines()[2] == lines[2]
    assert "Total;2;;" in sample
    assert tried.dry_run.counts == {"read": 2, "repeat": 0, "held": 0, "out of area": 0, "ignored": 2}
