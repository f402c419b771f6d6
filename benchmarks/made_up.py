"""Made-up deliveries of any size, in the police's own form. All people and numbers are invented."""

import csv
import io
import random
from datetime import date, datetime, time, timedelta
from pathlib import Path

from pyproj import Transformer

HOME = Path(__file__).resolve().parents[1]
HEADER = (
    "IncidentNo CreatedDT OccurredFrom OccurredTo Grade OpenCode LocText Postcode Easting Northing CallerName "
    "CallerTel Anonymous FeedbackReq SubjectName SubjectDOB Vulnerable Sensitivity Log"
).split()
CODES = (
    "ASB - NUISANCE,CRIMINAL DAMAGE,NUISANCE VEHICLE,ASB - NOISE,SHOPLIFTING,THEFT FROM MV,BURGLARY - RESIDENTIAL,"
    "ARSON,ENVIRONMENTAL,CONCERN FOR WELFARE,DOMESTIC INCIDENT,AFFRAY"
).split(",")
WORDS = (
    "youths group gathered shouting throwing stones bikes quad engine loud music late bins fire smoke gate fence "
    "broken window car white van scratched door garden park shelter station platform bottle glass lake path "
    "bench rubbish mattress tyres dumped verge neighbour dog barking hours again caller states no injuries"
).split()


def police_rows(day: date, count: int, seed: int = 1) -> list[list[str]]:
    """Rows received in the 24 hours before 06:00 on `day`; about one in fifty is a caller who rings twice."""
    dice = random.Random(f"{seed}:{day}")
    streets = list(csv.DictReader((HOME / "include/geo/streets.csv").open(encoding="utf-8")))
    to_grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    east, north = to_grid.transform([float(s["longitude"]) for s in streets], [float(s["latitude"]) for s in streets])
    start = datetime.combine(day, time(6)) - timedelta(days=1)
    rows = []
    for number in range(count):
        place = dice.randrange(len(streets))
        received = start + timedelta(minutes=dice.randrange(24 * 60 - 1))
        happened = received - timedelta(minutes=dice.randrange(180))
        caller = dice.randrange(1000)
        rows.append([
            f"46/{day:%y%m%d}{number:06d}/{day:%y}",
            f"{received:%d/%m/%Y %H:%M}", f"{happened:%d/%m/%Y %H:%M}", "", "GRADE 2", dice.choice(CODES),
            streets[place]["street"].upper(), "", f"{east[place] + dice.gauss(0, 40):.0f}",
            f"{north[place] + dice.gauss(0, 40):.0f}", f"Caller {caller}", f"07700 900{caller:03d}", "N",
            dice.choice("YN"), "", "", "N", "", " ".join(dice.choices(WORDS, k=25)).upper(),
        ])  # fmt: skip
    return rows


def police_file(day: date, count: int, seed: int = 1) -> bytes:
    """A whole delivery, as Kent Police's export would write it."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(police_rows(day, count, seed))
    return out.getvalue().encode("cp1252")
