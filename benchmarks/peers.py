"""The peers of linkage, in an environment of their own: reads reports as CSV, writes unique_id and cluster.

fixmystreet   its rule: the same category within 250 m and three days; what is joined is one
splink        Splink 5 with comparisons of place, time, category, place words, caller and text, its weights from the
              labels of these very reports, the threshold that suits them best, and its own clustering
"""

import csv
import sys
from itertools import combinations
from math import cos, hypot, radians
from pathlib import Path


def main(peer: str, source: str, target: str) -> None:
    clusters = {"fixmystreet": fixmystreet, "splink": splink}[peer](source)
    with Path(target).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["unique_id", "cluster"])
        writer.writerows(sorted(clusters.items()))


def fixmystreet(source: str) -> dict[str, str]:
    with Path(source).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    cluster = {row["unique_id"]: row["unique_id"] for row in rows}

    def root(one: str) -> str:
        while cluster[one] != one:
            one = cluster[one]
        return one

    for a, b in combinations(rows, 2):
        if a["category"] != b["category"] or not a["latitude"] or not b["latitude"]:
            continue
        north = (float(a["latitude"]) - float(b["latitude"])) * 111_200
        east = (float(a["longitude"]) - float(b["longitude"])) * 111_200 * cos(radians(float(a["latitude"])))
        if hypot(north, east) <= 250 and abs(float(a["received_h"]) - float(b["received_h"])) <= 72:
            cluster[root(a["unique_id"])] = root(b["unique_id"])
    return {one: root(one) for one in cluster}


def splink(source: str) -> dict[str, str]:
    import duckdb
    import splink.comparison_library as cl
    from splink import Linker, SettingsCreator
    from splink.backends.duckdb import DuckDBAPI
    from splink.blocking_rule_library import CustomRule

    connection = duckdb.connect()
    connection.execute("CREATE TABLE reports AS SELECT * FROM read_csv(?, header = true)", [source])
    truth = dict(connection.cursor().execute("SELECT unique_id, incident FROM reports").fetchall())
    reports = DuckDBAPI(connection).register("reports")
    time = cl.CustomComparison(
        output_column_name="occurred_h",
        comparison_levels=[
            {
                "sql_condition": "occurred_h_l IS NULL OR occurred_h_r IS NULL",
                "is_null_level": True,
                "label_for_charts": "null",
            },
            *(
                {"sql_condition": f"abs(occurred_h_l - occurred_h_r) <= {hours}", "label_for_charts": f"{hours} h"}
                for hours in (0.5, 2, 6, 24)
            ),
            {"sql_condition": "ELSE", "label_for_charts": "else"},
        ],
    )
    pairs = "SELECT count(*) FILTER (l.incident = r.incident) / count(*) FROM reports l JOIN reports r ON l.unique_id < r.unique_id"
    share = connection.cursor().execute(pairs).fetchall()[0][0]
    settings = SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=share,
        comparisons=[
            cl.DistanceInKMAtThresholds("latitude", "longitude", [0.15, 0.4, 1.0]),
            time,
            cl.ExactMatch("category"),
            cl.JaroWinklerAtThresholds("place", [0.9, 0.75]),
            cl.ExactMatch("caller"),
            cl.JaccardAtThresholds("text", [0.9, 0.75]),
        ],
        blocking_rules_to_generate_predictions=[
            CustomRule(
                "abs(l.received_h - r.received_h) <= 96 AND abs(l.latitude - r.latitude) < 0.01 "
                "AND abs(l.longitude - r.longitude) < 0.016"
            ),
            CustomRule("l.caller = r.caller AND abs(l.received_h - r.received_h) <= 96"),
            CustomRule("l.postcode = r.postcode AND abs(l.received_h - r.received_h) <= 96"),
        ],
    )
    linker = Linker(reports, settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_m_from_label_column("incident")
    predictions = linker.inference.predict(threshold_match_probability=0.01)
    best: tuple[float, dict[str, str]] = (-1.0, {})
    for threshold in (0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
        made = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predictions, threshold_match_probability=threshold
        )
        clusters = {str(row["unique_id"]): str(row["cluster_id"]) for row in made.as_record_list()}
        best = max(best, (_f1(clusters, truth), clusters), key=lambda one: one[0])
    return best[1]


def _f1(found: dict[str, str], truth: dict[str, str]) -> float:
    def pairs(of: dict[str, str]) -> set[tuple[str, str]]:
        return {(a, b) for a, b in combinations(sorted(of), 2) if of[a] == of[b]}

    made, right = pairs(found), pairs(truth)
    return 2 * len(made & right) / (len(made) + len(right))


if __name__ == "__main__":
    main(*sys.argv[1:])
