"""Nights in which something of ours breaks: a part, the disk, a clock, chat, or the version changes."""

import datetime as dt
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from installation import HOME

from tasking.warehouse.schema_version import newest_revision, revision_of

from .drill import Drill, Found, both

SEEDS = (1, 2)


def killed(kind: str, away_s: float = 5, seeds: tuple[int, ...] = SEEDS) -> Callable[[Drill], Found]:
    """The part is killed at a moment that follows from the seed, once a night for each seed."""

    def night(drill: Drill) -> Found:
        found = []
        for seed in seeds:
            day, after_s = next(drill.days), drill.moment(kind, seed)
            recovered_s = drill.night(day, lambda: drill.kill(drill.part(kind), away_s), after_s=after_s)
            found.append(drill.look(day, recovered_s, f"{after_s:.0f} s into the night"))
        return both(found)

    return night


def task_killed(drill: Drill) -> Found:
    found = []
    for seed in SEEDS:
        day, after_s = next(drill.days), random.Random(seed).uniform(0, 4)
        recovered_s = drill.night(day, partial(drill.kill_a_task, after_s))
        found.append(drill.look(day, recovered_s, f"{after_s:.1f} s after the first began"))
    return both(found)


def machine_of_the_night_gone(drill: Drill) -> Found:
    """Every part of Airflow at once: the machine loses its power, and comes back."""
    day = next(drill.days)
    parts = [name for name in drill.topology.parts if name not in ("postgresql", "redis")]

    def all_of_them() -> None:
        for part in parts:
            drill.topology.kill(part)
        for part in parts:
            drill.topology.start_part(part)

    return drill.look(day, drill.night(day, all_of_them, after_s=drill.moment("machine", 1)))


def chat(*faults: str) -> Callable[[Drill], Found]:
    def night(drill: Drill) -> Found:
        day = next(drill.days)
        drill.slack.faults["chat.postMessage"] = list(faults)
        try:
            return drill.look(day, drill.night(day, lambda: None))
        finally:
            drill.slack.faults["chat.postMessage"] = []

    return night


def no_scheduler(drill: Drill) -> Found:
    """The evening before leaves its message with Slack; then nothing of ours is alive."""
    day = dt.date.today() + dt.timedelta(days=7)  # noqa: DTZ011 - Slack takes no message for a time that is past
    while not drill.stored(drill.names[0]).partnership.calendar.is_meeting_day(day):
        day += dt.timedelta(days=1)
    dag = "partnership_evenings_before" if drill.topology.kind == "scale" else "briefing_evening_before"
    before = len(drill.slack.scheduled)  # in the evening the clock itself has left some
    drill.topology.wait_for([(dag, drill.topology.trigger(dag, day=str(day)))])
    waiting = len(drill.slack.scheduled) - before
    parts = [name for name in drill.topology.parts if name.startswith("scheduler")]
    for part in parts:
        drill.topology.kill(part)
    still = len(drill.slack.scheduled) - before
    for part in parts:
        drill.topology.start_part(part)
    is_well = waiting == still == len(drill.names)
    return Found(f"{still} waiting at Slack", is_well, True, True, words="for 07:55, whatever of ours is alive")


def disk_full(drill: Drill) -> Found:
    """The disk on which deliveries are kept is full; after 45 seconds somebody makes room."""
    day, var, beside = next(drill.days), drill.home / "var", drill.home / "var.kept"
    var.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", var], check=True)
    try:
        with suppress(OSError), (var / "ballast").open("wb") as file:
            file.write(bytes(1_000_000))
        runs = drill.begin(day)
        time.sleep(45)
        is_half = any(var.rglob(".half-*"))
        began = time.monotonic()
        subprocess.run(["mount", "-o", "remount,size=64m", var], check=True)
        (var / "ballast").unlink()
        drill.end(day, runs)
        found = drill.look(day, time.monotonic() - began)
        shutil.copytree(var, beside)
    finally:
        subprocess.run(["umount", "-l", var], check=True)
    shutil.copytree(beside, var, dirs_exist_ok=True)
    shutil.rmtree(beside)
    return replace(found, is_balanced=found.is_balanced and not is_half, words="no half file")


def clock_off(drill: Drill) -> Found:
    """One machine's clock is an hour ahead: a worker's, or on the small topology the only machine's, database and all."""
    library, topology, day = (
        next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")),
        drill.topology,
        next(drill.days),
    )
    parts = ["worker-1"] if topology.kind == "scale" else list(topology.parts)
    moved = {
        "LD_PRELOAD": str(library), "FAKETIME": "+1h", "DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": str(Path(__file__).parent / "clock"),
    }  # fmt: skip

    def start_again(**environment: str) -> None:
        for part in reversed(parts):
            topology.kill(part)
        for part in parts:
            topology.start_part(part, **environment)
        topology.wait_until_ready()

    start_again(**moved)
    try:
        runs = drill.begin(day)
        drill.end(day, runs)
        soon = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=50)
        began = [one["start_date"] for run in runs for one in topology.tasks(*run) if one["start_date"]]
        ahead = sum(dt.datetime.fromisoformat(one) > soon for one in began)
    finally:
        start_again()
    found = drill.look(day)
    return replace(found, is_same=found.is_same and ahead > 0, words=f"{ahead} of {len(began)} tasks an hour ahead")


def two_versions(drill: Drill) -> Found:
    """A newer version is deployed in the middle of the night, with a migration; parts of the old one go on beside it."""
    day, newer = next(drill.days), drill.home.parent / "newer"
    write_newer_version(newer)
    topology = drill.topology
    environment = {
        "PYTHONPATH": str(newer / "src"), "AIRFLOW__CORE__DAGS_FOLDER": str(newer / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(newer / "plugins"),
    }  # fmt: skip
    parts = ["worker-1", "scheduler-1"] if topology.kind == "scale" else ["scheduler"]
    runs = drill.begin(day)
    time.sleep(drill.moment("two versions", 1))
    for part in parts:
        topology.kill(part)
        topology.start_part(part, **environment)
    began = time.monotonic()
    drill.end(day, runs)
    found = drill.look(day, time.monotonic() - began)
    next_day = next(drill.days)
    drill.night(next_day)  # of both versions
    found = both([found, drill.look(next_day)])
    revisions = set()
    for name in drill.names:
        engine = drill.stored(name).warehouse.engine
        revisions.add(revision_of(engine))
        engine.dispose()
    for part in parts:
        drill.kill(part, 0)
    return replace(found, words=f"tables at {', '.join(sorted(map(str, revisions)))}, code at {newest_revision()}")


def write_newer_version(folder: Path) -> None:
    """This version with one more migration, which adds a column."""
    for name in ("src", "dags", "plugins"):
        shutil.copytree(HOME / name, folder / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    old = newest_revision()
    new = f"{int(old) + 1:04d}"
    (folder / "src" / "tasking" / "warehouse" / "migrations" / "versions" / f"{new}_next.py").write_text(
        f'"""A later version: one more column."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f'revision = "{new}"\ndown_revision = "{old}"\nbranch_labels = None\ndepends_on = None\n\n\n'
        'def upgrade() -> None:\n    op.add_column("delivery", sa.Column("weighed_g", sa.Integer()))\n\n\n'
        'def downgrade() -> None:\n    op.drop_column("delivery", "weighed_g")\n',
        encoding="utf-8",
    )
