"""Sample deliveries of partners that nobody has declared. All people are invented."""

import csv
import datetime as dt
import io

import openpyxl
from conftest import ROOT

CHICAGO = ROOT / "tests/cases/S07-chicago-layout/drops/highways/requests_2026-10-22.json"

GROUPS = ["Case", None, None, "Reported", None, "Incident", None, "Property", None, None, "Complainant", None, None, None,
          "Flags", None, None, "Details", None, "Internal", "Internal", "Internal"]  # fmt: skip
NAMES = ["Ref", "Type", "Priority", "Date", "Time", "Date", "Time", "No", "Street", "Post code", "Name", "Tel", "Email",
         "Wants update", "Vulnerable", "Anonymous", "Safeguarding", "What happened", "Action taken", "Officer", "Team",
         "Cost code"]  # fmt: skip
DAY = dt.datetime(2026, 10, 21)  # noqa: DTZ001 - a cell of a workbook has no zone
CASES = [
    ["MV/26/0412", "Noise nuisance", "B", DAY, dt.time(9, 15), DAY - dt.timedelta(days=1), dt.time(23, 0), "14",
     "Dynes Road, Kemsing", "TN15 6RB", "Mrs Petunia Canarybird", "07700 900345", "petunia@canarybird.example", "Y", "N", "N",
     "N", "Loud music again from number 16, Tarquin Canarytenant is there", "Letter sent to Tarquin Canarytenant on Monday",
     "Z Canaryofficer", "North", 4411],
    ["MV/26/0413", "Graffiti", "C", DAY, dt.time(11, 40), None, None, "2a", "High Street, Swanley", "BR8 7AE", None, None,
     None, "N", "N", "Y", "N", "Tags on the bin store doors at the back of the shops", "Clean-up ordered for this week",
     "Z Canaryofficer", "North", 4411],
    ["MV/26/0414", "Domestic dispute", "A", DAY, dt.time(18, 5), DAY, dt.time(17, 30), "9", "Egerton Avenue, Hextable",
     "BR8 7LG", "Ms Ottilie Canarywharf", "01632 960777", None, "Y", "Y", "N", "Y",
     "Shouting and things thrown in the flat above, police called", "Referred to the MARAC lead", "Q Canaryboss", "South", 4412],
    ["MV/26/0415", "Abandoned vehicle", "C", DAY + dt.timedelta(days=1), dt.time(5, 20), DAY - dt.timedelta(days=3),
     dt.time(0, 0), "40", "St Mary's Road, Swanley", "BR8 7BU", "Bartholomew Canaryman", "07700 900346", None, "N", "N", "N",
     "N", "Silver car on bricks in the residents parking since the weekend", "Notice put on the windscreen", "Q Canaryboss",
     "South", 4412],
]  # fmt: skip


def housing_workbook() -> bytes:
    """Two title rows, two header rows with joined cells, four cases, a row of totals; a second sheet and an author."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "ASB cases"
    sheet.append(["Meadow & Vale Housing: ASB cases opened"])
    sheet.append(["Printed 22/10/2026 06:05 by Zebedee Canaryprinter"])
    sheet.append([])
    for row in (GROUPS, NAMES, *CASES, [], ["Total", None, None, 4]):
        sheet.append(row)
    for area in ("A4:C4", "D4:E4", "F4:G4", "H4:J4", "K4:N4", "O4:Q4", "R4:S4"):
        sheet.merge_cells(area)
    book.properties.creator = "Zebedee Canaryprinter"
    book.create_sheet("Notes").append(["Ask Zebedee Canaryprinter"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


POLICE = [
    "CRIME_REF,RPT_DT,FROM_DT,TO_DT,OFFENCE_DESC,RISK GRADING,LOCATION,PCODE,GRID_E,GRID_N,INF_NAME,INF_TEL,"
    "INF_CONTACT_BACK,NOMINAL,NOMINAL_DOB,VULN,DV_FLAG,MO_TEXT,BEAT,OIC_NAME,OIC_COLLAR".split(","),
    ["42/0011/26", "10/11/2026 21:45", "10/11/2026 20:00", "10/11/2026 21:30", "Criminal damage to vehicle", "MEDIUM",
     "High Street, Westerham – by the café", "TN16 1RF", "544672", "154039", "Mrs Petunia Canarybird", "07700 900345", "Y", "",
     "", "N", "N", "Wing mirrors kicked off 3 parked cars – “lads in hoods” seen by Mrs Canarybird at no. 12", "WE1",
     "PC Canaryofficer", "4471"],
    ["42/0012/26", "10/11/2026 22:10", "", "", "Burglary dwelling", "HIGH", "Egerton Avenue, Hextable", "BR8 7LG", "551850",
     "170190", "Oswald Canarysson", "01632 960777", "N", "Kit Canaryfellow", "05/04/1988", "Y", "N",
     "Rear patio door forced, untidy search, jewellery taken.", "SW2", "PC Canaryofficer", "4471"],
    ["42/0013/26", "11/11/2026 01:05", "11/11/2026 00:50", "", "Domestic abuse - verbal", "STANDARD", "Dynes Road, Kemsing",
     "TN15 6RB", "554915", "158553", "", "", "N", "Basil Canaryfield", "09/07/1990", "Y", "Y",
     "Verbal only, parties separated, DASH standard.", "KE1", "PS Canaryseed", "212"],
    ["42/0014/26", "11/11/2026 04:30", "11/11/2026 03:00", "11/11/2026 04:00", "Theft from motor vehicle", "LOW",
     "A25 near Riverhead", "TN13 2DN", "551600", "156100", "Ida Canaryton", "ida@canaryton.example", "Y", "", "", "N", "N",
     "Tools from van, £400, side door peeled.", "RI1", "PS Canaryseed", "212"],
]  # fmt: skip


def police_csv(rows=None) -> bytes:
    """Another force's export in Windows-1252, with dates of which day and month can't be told apart, and grid references."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows or POLICE)
    return out.getvalue().encode("cp1252")
