"""`make brief`: two days of sample deliveries through the real DAGs in Airflow, on one machine; nothing leaves it.

Runs each DAG with `dag.test()` in this process: the same tasks, the same metadata database as `make up` shows, without
a scheduler to wait for. That all feeds landing starts the briefing is tested with a scheduler in tests/dags.
"""

import logging
import os
import sys
import time
import warnings
from datetime import date
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
VAR = HOME / "var" / "demo"
OUT = HOME / "out"
DAYS = (date(2026, 10, 22), date(2026, 10, 23))


def settle_environment() -> None:
    """Airflow and the product side by side under var/demo, before either is imported."""
    os.environ |= {
        "AIRFLOW_HOME": str(VAR / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(HOME / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(HOME / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{VAR / 'airflow' / 'airflow.db'}",
        "TASKING_HOME": str(HOME),
        "TASKING_DATABASE_URL": f"sqlite:///{VAR / 'tasking.db'}",
        "TASKING_DROPS": str(HOME / "demo" / "deliveries"),
        "GX_ANALYTICS_ENABLED": "false",
    }
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_BASE_URL", "TEAMS_WEBHOOK", "SMTP_URL", "DESK_URL"):
        os.environ.pop(f"TASKING_{name}", None)
    (VAR / "airflow").mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)


def migrate() -> None:
    from airflow.utils.db import check_migrations, initdb

    try:
        check_migrations(timeout=0)
    except TimeoutError:
        initdb()


def main() -> int:
    settle_environment()
    started = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - started:5.1f} s  {words}", flush=True)

    say("starting Airflow")
    migrate()
    say("Airflow's database is ready (SQLite)")
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(HOME / "dags"))
    if bag.import_errors:
        print("\n".join(bag.import_errors.values()), file=sys.stderr)
        return 1
    say(f"{len(bag.dags)} DAGs read; the first delivery loads pandas")
    from tasking.runtime.airflow import declared

    feeds = [f"feed_{feed.feed}" for feed in declared()[1]]
    for day in DAYS:
        for name in feeds:
            state = run(bag, name, {"day": str(day)})
            say(f"{day}  {bag.dags[name].dag_display_name}: {'landed' if state == 'success' else 'no delivery (red)'}")
        state = run(bag, "daily_briefing", {"day": str(day), "posting": "always"})
        ending = "" if state == "success" else ", ends red: a partner is missing"
        say(f"{day}  {bag.dags['daily_briefing'].dag_display_name}: posted{ending}")
    return show()


def run(bag: object, dag_id: str, conf: dict[str, str]) -> str:
    """Runs one DAG to its end; what it prints is for its own log, not for this screen."""
    with (VAR / "runs.log").open("a") as log:
        out, err = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = log
        try:
            return str(bag.dags[dag_id].test(run_conf=conf).state)  # type: ignore[attr-defined]
        finally:
            sys.stdout, sys.stderr = out, err


def show() -> int:
    from tasking import delivery, flows
    from tasking.briefing import draw_pictures, render_html, render_text
    from tasking.runtime.local import open_services
    from tasking.runtime.settings import Settings

    services = open_services(Settings())
    OUT.mkdir(exist_ok=True)
    for day in DAYS:
        shown = delivery.shown_briefing(services.delivery, day)
        print("\n" + "─" * 100 + "\n" + render_text(shown.briefing, shown.edition, services.templates))
        pictures = draw_pictures(shown.briefing, services.geography)
        html = render_html(shown.briefing, shown.edition, services.templates, pictures)
        (OUT / f"briefing-{day}.html").write_text(html, encoding="utf-8")
        (OUT / "briefing.html").write_text(html, encoding="utf-8")
        flows.check_promises(services, day)
    print(f"Written: {(OUT / 'briefing.html').relative_to(HOME)} (and one page a day)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
