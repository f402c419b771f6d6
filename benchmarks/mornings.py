"""Lives through a year of mornings: every day's deliveries, every meeting's decisions; and says what came of it.

    python tests/gold/export.py YEAR.jsonl DROPS
    python benchmarks/mornings.py DROPS --first 2025-04-01 --last 2026-03-31

YEAR.jsonl is a labelled set of whole weeks, in the form of those in tests/gold. At each meeting the first eight questions
are answered in the order in which they are asked (three in four approved, one in five rejected), and what is due is done
by four owners in five. The draw is the same on every run.
"""

import argparse
import datetime as dt
import json
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from tasking import flows, meeting
from tasking.briefing import Edition, digest, phrases, render_blocks
from tasking.briefing.weekly import weekly_digest
from tasking.model.briefing import Briefing
from tasking.model.day import days_between
from tasking.model.proposal import Verb
from tasking.runtime.local import open_services
from tasking.runtime.settings import Settings
from tasking.services import Services
from tasking.triggers import build_weekly_alert
from tasking.warehouse import tables

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS_A_MEETING = 8
APPROVED, REJECTED, DONE_IN_TIME = 0.75, 0.2, 0.8


@dataclass
class Year:
    """What was seen, morning by morning."""

    asked: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    weekly: list[int] = field(default_factory=list)
    unusual: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    unusual_days: int = 0
    seconds: list[float] = field(default_factory=list)


def main() -> None:
    """Runs the mornings and prints the figures."""
    given = arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    now = [dt.datetime.now(dt.UTC)]
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{folder}/year.db"
        settings = Settings(home=ROOT, database_url=url, drops=given.drops, pseudonym_key="ab" * 32)
        services = replace(open_services(settings), clock=lambda: now[0])
        year, dice = Year(), random.Random(1)
        for day in days_between(given.first, given.last):
            morning(services, day, now, year, dice)
        print_figures(services, year)


def arguments() -> argparse.Namespace:
    """The command line."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("drops", type=Path)
    ask.add_argument("--first", type=dt.date.fromisoformat, required=True)
    ask.add_argument("--last", type=dt.date.fromisoformat, required=True)
    ask.add_argument("--database", help="an empty one, to look at afterwards")
    return ask.parse_args()


def morning(services: Services, day: dt.date, now: list[dt.datetime], year: Year, dice: random.Random) -> None:
    """The night before a day, its meeting, and what was done by its evening."""
    zone = services.partnership.zone
    now[0] = dt.datetime.combine(day, dt.time(7, 31), zone).astimezone(dt.UTC)
    began = time.perf_counter()
    briefing = flows.run_day(services, day, is_posting=False).briefing
    year.seconds.append(time.perf_counter() - began)
    if not services.partnership.calendar.is_meeting_day(day):
        return
    look_at(services, briefing, year)
    now[0] = dt.datetime.combine(day, dt.time(8, 10), zone).astimezone(dt.UTC)
    for one in phrases.questions(briefing)[:QUESTIONS_A_MEETING]:
        answer(services, one.proposal_id, dice)
    now[0] = dt.datetime.combine(day, dt.time(16, 30), zone).astimezone(dt.UTC)
    for tasking in meeting.taskings(services.meeting):
        if tasking.due_on <= day and dice.random() < DONE_IN_TIME:
            meeting.decide(services.meeting, tasking.tasking_id, Verb.DONE, "Owner")


def answer(services: Services, proposal_id: str, dice: random.Random) -> None:
    """Approves, rejects or leaves a question."""
    drawn = dice.random()
    if drawn < APPROVED:
        meeting.approve(services.meeting, proposal_id, "Chair")
    elif drawn < APPROVED + REJECTED:
        meeting.decide(services.meeting, proposal_id, Verb.REJECT, "Chair", "not for us")


def look_at(services: Services, briefing: Briefing, year: Year) -> None:
    """Measures the message of a meeting day, and the weekly alert of the first one of a week."""
    public = briefing.cleared_for(0)
    said = digest(public, Edition(1, services.partnership.zone, has_buttons=True))
    year.sizes.append(said.size)
    year.blocks.append(len(render_blocks(said)["blocks"]))
    year.asked.append(len(phrases.questions(briefing)))
    if any(count.usual for count in briefing.categories):
        year.compared += 1
        unusual = [count.label for count in briefing.categories if count.is_unusual]
        year.unusual.update(unusual)
        year.unusual_days += bool(unusual)
    week = f"{briefing.day.isocalendar().year}-W{briefing.day.isocalendar().week:02d}"
    if briefing.day.weekday() == 0:
        year.weekly.append(weekly_digest(build_weekly_alert(services.triggers, week), None).size)


def print_figures(services: Services, year: Year) -> None:
    """Prints what came of the year."""
    print(f"mornings {len(year.seconds)}, {statistics.median(year.seconds):.2f} s each (median)")
    print(f"questions a meeting: median {statistics.median(year.asked)}, 9 in 10 at most {nine_in_ten(year.asked)}, "
          f"most {max(year.asked)}")  # fmt: skip
    print(f"message: most {max(year.sizes)} characters, {max(year.blocks)} blocks")
    print(f"weekly alert: first ten {statistics.mean(year.weekly[:10]):.0f} characters, last ten "
          f"{statistics.mean(year.weekly[-10:]):.0f}, most {max(year.weekly)}")  # fmt: skip
    share = year.unusual_days / max(1, year.compared)
    kinds = ", ".join(f"{label} {count / year.compared:.1%}" for label, count in year.unusual.most_common(5))
    print(f"above usual on {share:.1%} of {year.compared} compared days; by kind, at most: {kinds or 'none'}")
    incidents = list(incidents_of(services))
    for name, is_of in KINDS.items():
        some = [one for one in incidents if is_of(one)]
        proposed = sum(one["is_proposed"] for one in some)
        print(f"{name}: {proposed} of {len(some)} proposed")
    with services.warehouse.engine.connect() as connection:
        rows = connection.execute(sa.select(tables.tasking.c.incident_id, tables.tasking.c.proposed_on)).all()
    several = Counter(row.incident_id for row in rows if row.incident_id)
    print(f"taskings {len(rows)}, for one incident twice: {sum(count > 1 for count in several.values())}")
    statuses = Counter(str(one.status) for one in meeting.taskings(services.meeting, is_all=True))
    print(f"taskings by status: {json.dumps(statuses, sort_keys=True)}")


KINDS = {
    "hate": lambda one: "hate" in one["categories"] and not one["is_restricted"],
    "burglary": lambda one: "burglary" in one["categories"] and not one["is_restricted"],
    "violence": lambda one: "violence" in one["categories"] and not one["is_restricted"],
    "a vulnerable person": lambda one: one["is_vulnerable"] and not one["is_restricted"],
    "a weapon": lambda one: "weapon" in one["signs"] and not one["is_restricted"],
    "restricted": lambda one: one["is_restricted"],
    "fly-tip alone": lambda one: one["categories"] == {"fly_tip"} and not one["is_restricted"],
}


def incidents_of(services: Services) -> Iterator[dict[str, Any]]:
    """Each incident as it stands at the end, with what its reports say and whether it was ever proposed."""
    # all of report, report_fact and incident_report: the year is over
    r, f, i, t = tables.report, tables.report_fact, tables.incident_report, tables.tasking
    with services.warehouse.engine.connect() as connection:
        query = (
            sa.select(i.c.incident_id, r.c.report_id, r.c.category, r.c.is_restricted, r.c.is_vulnerable,
                      r.c.is_out_of_area, f.c.harm)
            .join(r, (r.c.report_id == i.c.report_id) & r.c.superseded_on.is_(None))
            .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
            .where(i.c.left_on.is_(None))
        )  # fmt: skip
        found: dict[str, list[Any]] = {}
        for row in connection.execute(query):
            found.setdefault(row.incident_id, []).append(row)
        had = sa.select(i.c.report_id).where(i.c.incident_id.in_(sa.select(t.c.incident_id)))
        proposed = set(connection.execute(had).scalars())
    for rows in found.values():
        if all(row.is_out_of_area for row in rows):
            continue
        yield {
            "categories": {row.category for row in rows},
            "is_restricted": any(row.is_restricted for row in rows),
            "is_vulnerable": any(row.is_vulnerable for row in rows),
            "signs": {sign for row in rows for sign in (row.harm or "").split()},
            "is_proposed": any(row.report_id in proposed for row in rows),
        }


def nine_in_ten(counts: list[int]) -> int:
    """The number that nine in ten of the counts do not exceed."""
    return sorted(counts)[int(0.9 * (len(counts) - 1))]


if __name__ == "__main__":
    main()
