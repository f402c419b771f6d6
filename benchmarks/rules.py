"""How long all rules take: `python benchmarks/rules.py`. Prints one line a figure; README's come from here.

rules    every rule on one day over a county's history, in a fresh process: 200,000, 2 million and 10 million reports
year     a year of one district's history, day by day: how many groups are proposed, and are two ever live at one place
"""

import argparse
import datetime as dt
import os
import resource
import subprocess
import sys
import tempfile
import time

import sqlalchemy as sa
from made_up_history import HOME, store_history

DAY = dt.date(2026, 10, 20)
POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
EACH_DAY, DISTRICTS = 3_000, 12
DISTRICT_DAY = 20  # reports a day: 7 of anti-social behaviour by the police, and the other partners'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["rules", "year"], help="one of the two")
    parser.add_argument("--reports", type=int, nargs="*", default=[200_000, 2_000_000, 10_000_000], help="of history")
    parser.add_argument("--databases", nargs="*", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    arguments = parser.parse_args()
    if arguments.only != "year":
        for database in arguments.databases:
            if database == "postgresql" and not is_there():
                print("rules: PostgreSQL left out, none answers (TEST_POSTGRESQL_URL)", flush=True)
                continue
            for count in arguments.reports:
                measure_rules(database, count)
    if arguments.only != "rules":
        measure_year()


def measure_rules(database: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url, drop = database_of(database, folder)
        try:
            made = [sys.executable, __file__, "--make", url, str(count)]
            subprocess.run(made, check=True)
            subprocess.run([sys.executable, __file__, "--one", url, f"{database}: {count:,} reports"], check=True)
        finally:
            drop()


def is_there() -> bool:
    try:
        sa.create_engine(POSTGRESQL).connect().close()
    except sa.exc.OperationalError:
        return False
    return True


def database_of(kind: str, folder: str):
    if kind == "sqlite":
        return f"sqlite:///{folder}/history.db", lambda: None
    name = f"tasking_bench_{os.getpid()}"
    admin = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")

    def drop() -> None:
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))

    drop()
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return sa.make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False), drop


def desk_at(url: str):
    os.environ |= {"TASKING_DATABASE_URL": url, "TASKING_HOME": str(HOME)}
    from tasking.runtime.local import open_services
    from tasking.runtime.settings import Settings

    return open_services(Settings(pseudonym_key="ab" * 32))


def make(url: str, count: int) -> None:
    """A county's two years; more reports are more days before them, fewer are fewer a day."""
    days = max(730, count // EACH_DAY)
    each_day = min(EACH_DAY, count // days)
    desk = desk_at(url)
    store_history(desk, DAY, days, each_day, DISTRICTS)
    if desk.warehouse.engine.dialect.name == "postgresql":
        with desk.warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))  # as autovacuum leaves it


def measure(url: str, name: str) -> None:
    from tasking.triggers import run_rules
    from tasking.triggers.evaluate import findings
    from tasking.triggers.inputs import rule_inputs

    desk = desk_at(url)
    asked = rule_inputs(desk.triggers, DAY)
    each = []
    for rule in desk.rules:
        started = time.monotonic()
        found = findings(rule, asked)
        each.append(f"{rule.rule} {time.monotonic() - started:.2f} s ({len(found)})")
    started = time.monotonic()
    raised = run_rules(desk.triggers, DAY).proposals
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"rules, {name}: {seconds:.1f} s for all of them and what they raise ({len(raised)}), {peak:.0f} MB", flush=True
    )
    print(f"  {', '.join(each)}", flush=True)


def measure_year() -> None:
    """A district's year, after eight weeks of history. Proposals live for 28 days, as in the simulator."""
    from tasking.model.trigger import Proposes
    from tasking.triggers.simulation import simulate

    with tempfile.TemporaryDirectory() as folder:
        desk = desk_at(f"sqlite:///{folder}/year.db")
        days = 365 + 70
        stored = store_history(desk, DAY, days, DISTRICT_DAY)
        started = time.monotonic()
        simulated = simulate(desk.triggers, DAY - dt.timedelta(days=364), DAY, {})
        seconds = time.monotonic() - started
    groups = [one for one in simulated.before if one.proposes == Proposes.GROUP]
    by_rule = {
        rule: sum(one.rule == rule for one in simulated.before)
        for rule in sorted({one.rule for one in simulated.before})
    }
    twice = [
        (one, other) for number, one in enumerate(groups) for other in groups[number + 1:]
        if (one.subject, one.theme) == (other.subject, other.theme) and (other.day - one.day).days < 28
    ]  # fmt: skip
    print(f"year: {stored:,} reports of a district: {len(groups)} groups proposed, {len(twice)} while one was live at the "
          f"same place and theme; {seconds:.0f} s", flush=True)  # fmt: skip
    print(f"  {', '.join(f'{rule} {count}' for rule, count in by_rule.items())}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], sys.argv[3])
    else:
        main()
