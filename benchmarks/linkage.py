"""How well and how fast reports become incidents: `python benchmarks/linkage.py`. README's figures are its output.

left-out   the model fitted on all labelled sets but one, and that one run through the whole product day by day: merged
           unasked, and with the questions answered rightly; beside it the hand weights of version 0.1 and, with
           --baseline, the plain model of ../shared/gold. The sets are those of tests/gold and ../shared/gold
peers      FixMyStreet's rule and Splink 5 (trained on the very labels) on the same normalised reports
made up    thousands of made-up reports with errors in phones, names and positions, and with siblings of each incident
sensitive  10,000 sensitive ones with errors in who they are about: how many are merged wrongly
county     a day of 3,000 against 28 days of history, through the warehouse
"""

import argparse
import csv
import gc
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
from labelled_sets import SETS as LABELLED

HOME = Path(__file__).resolve().parents[1]
GOLD = HOME / "tests" / "gold"
SETS = {
    "dev": (date(2026, 10, 19), date(2026, 11, 3)),
    "spring": (date(2026, 3, 23), date(2026, 3, 31)),
    "winter": (date(2026, 2, 1), date(2026, 2, 8)),
}
PEERS = HOME / "var" / "peers"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["left-out", "peers", "made-up", "sensitive", "county"], help="one of them")
    parser.add_argument(
        "--volume", type=int, nargs="*", default=[3_000, 30_000, 100_000], help="made-up reports in one day"
    )
    parser.add_argument("--sets", nargs="*", default=list(LABELLED), help="labelled sets, by name")
    parser.add_argument("--baseline", action="store_true", help="run the plain model on the same sets too (minutes)")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    gc.set_threshold(100_000, 50, 100)  # as the command line does
    if arguments.one:
        measure_made_up(arguments.one)
        return
    if arguments.only in (None, "left-out"):
        from left_out import measure_left_out

        with tempfile.TemporaryDirectory() as folder:
            measure_left_out(open_desk(f"sqlite:///{folder}/desk.db"), arguments.sets, with_baseline=arguments.baseline)
    if arguments.only == "peers":
        measure_peers()
    if arguments.only in (None, "made-up"):
        for count in arguments.volume:
            subprocess.run([sys.executable, __file__, "--one", str(count)], check=True)
    if arguments.only in (None, "sensitive"):
        measure_sensitive()
    if arguments.only in (None, "county"):
        measure_county()


def open_desk(database: str) -> Any:
    from tasking.runtime.local import open_services as opened
    from tasking.runtime.settings import Settings

    return opened(Settings(home=HOME, database_url=database, pseudonym_key="ab" * 32))


def measure_peers() -> None:
    from tasking import flows
    from tasking.intake.transports import FolderTransport

    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(f"sqlite:///{folder}/labelled.db")
        print("| reports | how | precision | recall | F1 | wrong | of them sensitive |\n" + "| --- " * 7 + "|")
        for name, (first, last) in SETS.items():
            drops = Path(folder) / name
            export = [sys.executable, GOLD / "export.py", GOLD / f"{name}.jsonl", drops]
            subprocess.run(export, check=True, capture_output=True)
            for path in drops.rglob("*"):
                os.utime(path, (0, 0))
            labels = pd.read_csv(drops / "truth.csv", dtype="str", keep_default_na=False)
            fed = replace(desk, open_transport=lambda feed, drops=drops: FolderTransport(drops / feed.feed))
            flows.replay(fed, first, last, lambda _: None)
            for peer in ("fixmystreet", "splink"):
                print(_row(name, PEER_NAMES[peer], figures(labels, _peer(peer, desk, labels, Path(folder)))))


PEER_NAMES = {"fixmystreet": "FixMyStreet's rule", "splink": "Splink 5, weights from these labels"}


def linked(desk: Any, labels: pd.DataFrame) -> dict[str, str]:
    from tasking.linkage.store import incidents as store

    ids = (labels["feed"] + ":" + labels["source_ref"]).tolist()
    return {one: store.incidents_of(desk.warehouse, ids).get(one, one) for one in ids}


def answered(desk: Any, labels: pd.DataFrame, found: Mapping[str, str]) -> tuple[dict[str, str], list[list[bool]]]:
    """The incidents after a person who knows has answered the questions about these reports; and for each morning, in
    the order of its questions, whether the answer changed something."""

    from tasking.linkage.store import review

    truth = dict(zip(labels["feed"] + ":" + labels["source_ref"], labels["incident"], strict=True))
    incident = dict(found)
    asked = [q for q in review.open_review_pairs(desk.warehouse, date.min, date.max) if q["report_a"] in truth]
    # Reports are taken out before incidents are merged: what is merged is then as it will be.
    for question in sorted(asked, key=lambda q: q["kind"] == "merge"):
        a, b = question["report_a"], question["report_b"]
        if not _changes_something(question, truth):
            continue
        if question["kind"] == "part":
            incident[a] = f"{a} alone"
        else:
            old, new = incident[b], incident[a]
            incident = {report: new if name == old else name for report, name in incident.items()}
    mornings: dict[date, list[bool]] = {}
    for question in asked:
        mornings.setdefault(question["asked_on"], []).append(_changes_something(question, truth))
    return incident, list(mornings.values())


def _changes_something(question: Mapping[str, Any], truth: Mapping[str, str]) -> bool:
    """Whether a true answer merges what is asked about, or takes it apart."""
    is_one = truth[question["report_a"]] == truth.get(question["report_b"])
    return is_one == (question["kind"] == "merge")


def _peer(peer: str, desk: Any, labels: pd.DataFrame, folder: Path) -> dict[str, str]:
    frame = _normalised(desk).merge(labels[["feed", "source_ref", "incident"]], on=["feed", "source_ref"])
    source, target = folder / "peer.csv", folder / f"{peer}.csv"
    frame.to_csv(source, index=False)
    python = PEERS / "bin" / "python"
    if not python.exists():
        sys.exit("the peers are not installed: make var/peers/.ready")
    subprocess.run([python, HOME / "benchmarks" / "peers.py", peer, source, target], check=True, capture_output=True)
    with target.open(newline="", encoding="utf-8") as file:
        return {row["unique_id"]: row["cluster"] for row in csv.DictReader(file)}


def _normalised(desk: Any) -> pd.DataFrame:
    """What a peer may know: the same reports, normalised as ours are."""
    import sqlalchemy as sa

    query = sa.text("SELECT r.*, p.text FROM report r JOIN report_person p USING (report_id, revision) "
                    "WHERE superseded_on IS NULL")  # fmt: skip
    with desk.warehouse.engine.connect() as connection:
        frame = pd.DataFrame(connection.execute(query).mappings().all())

    def hours(column: str) -> pd.Series:
        return (pd.to_datetime(frame[column], utc=True) - pd.Timestamp(0, tz="UTC")).dt.total_seconds() / 3600

    return pd.DataFrame({
        "unique_id": frame["report_id"], "feed": frame["feed"], "source_ref": frame["source_ref"],
        "received_h": hours("received_at"), "occurred_h": hours("occurred_from"), "latitude": frame["latitude"],
        "longitude": frame["longitude"], "category": frame["category"], "place": frame["place_text"].str.lower(),
        "postcode": frame["postcode"], "caller": frame["caller_key"], "text": frame["text"].str.lower(),
    })  # fmt: skip


def figures(labels: pd.DataFrame, found: Mapping[str, str]) -> tuple[float, float, float, int, int]:
    """Pairwise precision, recall and F1; wrong pairs, and those with a sensitive report."""
    ids = (labels["feed"] + ":" + labels["source_ref"]).tolist()
    truth = dict(zip(ids, labels["incident"], strict=True))
    sensitive = dict(zip(ids, labels["sensitive"] != "none", strict=True))

    def pairs(of: Mapping[str, str]) -> set[tuple[str, ...]]:
        groups: dict[str, list[str]] = {}
        for one in ids:
            groups.setdefault(of.get(one, one), []).append(one)
        return {pair for members in groups.values() for pair in combinations(sorted(members), 2)}

    right, made = pairs(truth), pairs(found)
    hit = len(right & made)
    precision, recall = hit / len(made) if made else 1.0, hit / len(right)
    wrong = made - right
    f1 = 2 * precision * recall / (precision + recall) if hit else 0.0
    return precision, recall, f1, len(wrong), sum(sensitive[a] or sensitive[b] for a, b in wrong)


def _row(name: str, how: str, told: Sequence[float]) -> str:
    precision, recall, f1, wrong, sensitive = told
    return f"| {name} | {how} | {precision:.3f} | {recall:.3f} | {f1:.3f} | {wrong} | {sensitive} |"


def _judged_by_truth(incident: Mapping[str, str], reports: pd.DataFrame, truth: pd.Series) -> str:
    found = reports["report_id"].map(incident)
    made, right = _pairs(found), _pairs(truth)
    both = _pairs(pd.Series(list(zip(found, truth, strict=True))))
    precision, recall = both / max(made, 1), both / right
    return f"precision {precision:.3f}, recall {recall:.3f}, F1 {2 * precision * recall / (precision + recall):.3f}, {made - both} wrong pairs"


def _pairs(groups: pd.Series) -> int:
    sizes = groups.value_counts()
    return int((sizes * (sizes - 1) // 2).sum())


def _prepared(desk: Any, made: Any) -> tuple[pd.DataFrame, float]:
    """The made-up reports with their signals, and the seconds that reading them took."""
    from tasking.linkage import extraction
    from tasking.linkage.sensitivity import with_sensitivity

    reports = made.reports.copy()
    judged = desk.conventions.categories.classify(reports["category_text"], reports["text"])
    reports["category"], reports["is_restricted"] = judged.category, judged.is_restricted
    started = time.monotonic()
    there = replace(desk, gazetteer=made.gazetteer)
    signals: list[Any] = []
    for first in range(0, len(reports), 20_000):
        signals += extraction.features_for(there.linkage, reports.iloc[first : first + 20_000])
    columns = extraction.feature_columns(signals)
    seconds = time.monotonic() - started
    reports = reports.assign(**columns)
    reports["incident_id"] = pd.Series([None] * len(reports), dtype=object)
    return with_sensitivity(desk.conventions.categories, reports).drop(columns=["text", "place_text"]), seconds


def measure_made_up(count: int) -> None:
    from made_up_incidents import made_up

    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(f"sqlite:///{folder}/made-up.db")
        warm = _prepared(desk, made_up(300))[0]
        desk.linker.link(warm)  # start-up: the libraries are loaded
        made = made_up(count)
        reports, read_s = _prepared(desk, made)
        truth, made = made.truth, None
        started = time.monotonic()
        linkage = desk.linker.link(reports, most_reviews=count // 5)
        seconds = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        incident = {one.report_id: one.incident_id for one in linkage.memberships}
        print(f"made up: {count:,} reports linked in {seconds:.1f} s ({read_s:.1f} s to read their signals), {peak:.0f} MB; "
              f"{_judged_by_truth(incident, reports, truth)}", flush=True)  # fmt: skip


def measure_sensitive() -> None:
    from made_up_incidents import sensitive

    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(f"sqlite:///{folder}/sensitive.db")
        made = sensitive(10_000)
        reports, _ = _prepared(desk, made)
        linkage = desk.linker.link(reports, most_reviews=2_000)
        incident = {one.report_id: one.incident_id for one in linkage.memberships}
        print(f"sensitive: {len(reports):,} reports: {_judged_by_truth(incident, reports, made.truth)}", flush=True)


def measure_county() -> None:
    from made_up_incidents import START, made_up

    from tasking.linkage import linking
    from tasking.warehouse import tables
    from tasking.warehouse.bulk import insert_frame

    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(f"sqlite:///{folder}/county.db")
        made = made_up(3_000 * 29, days=29)
        reports, _ = _prepared(desk, made)
        first = START.date() + timedelta(days=1)
        day = (reports["received_at"] - pd.Timedelta(hours=6)).dt.date + timedelta(days=1)
        _store(desk, tables, insert_frame, reports.assign(day=day), made)
        days = [first + timedelta(days=one) for one in range(29)]
        for one in days[:-1]:
            linking.link(desk.linkage, one)
        started = time.monotonic()
        new = linking.link(desk.linkage, days[-1])
        seconds = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"county: a day of {new:,} reports against 28 days of history linked and stored in {seconds:.1f} s, {peak:.0f} MB",
              flush=True)  # fmt: skip


def _store(desk: Any, tables: Any, insert_frame: Any, reports: pd.DataFrame, made: Any) -> None:
    """Puts made-up reports and their signals straight into the warehouse: what is measured comes after that."""
    from tasking.linkage import FEATURES_VERSION

    keys = reports[["report_id", "revision"]]
    rows = reports.assign(
        delivery_id="made-up", row_number=0, content_hash=reports["report_id"], is_out_of_area=False, is_anonymous=False,
        wants_feedback=False, is_vulnerable=False, superseded_on=pd.Series([None] * len(reports), dtype=object),
    )  # fmt: skip
    columns = [name for name in rows.columns if name in tables.report.columns]
    with desk.warehouse.writing() as connection:
        insert_frame(connection, tables.report, rows[columns])
        insert_frame(connection, tables.report_person, keys.assign(text=made.reports["text"]))
        columns = ["signals", "is_sensitive", "is_marked", "is_unread"]
        signals = keys.assign(version=FEATURES_VERSION, **reports[columns])
        insert_frame(connection, tables.report_signal, signals)


if __name__ == "__main__":
    main()
