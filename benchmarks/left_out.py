"""Linkage on labelled sets that its model has never seen: fitted on all sets but one, and that one linked day by day.

Each held-out set goes through the whole product (deliveries, intake, a replay of its days), once with the model set to
a precision of .95 and once to .90; then the questions of the days are answered as the labels have it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from labelled_sets import HOME, LOOKED_AT, SETS, SHARED, LabelledSet, in_district, labelled_sets, path_of

PRECISIONS = ("0.95", "0.90")
_DRAWS = 400
_PLACES = 5
_SEED = 20261127
_BRITAIN = (49.0, 61.0, -8.0, 2.0)


@dataclass(frozen=True)
class Outcome:
    """What became of one set: incident by report, and the truth."""

    truth: Mapping[str, str]
    sensitive: Mapping[str, bool]
    found: Mapping[str, str]

    def pairs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """True pairs by incident, right pairs by incident, and wrong pairs as two incidents each."""
        names = {name: number for number, name in enumerate(sorted(set(self.truth.values())))}
        true, right = np.zeros(len(names)), np.zeros(len(names))
        wrong = []
        for a, b in combinations(sorted(self.truth), 2):
            is_one, is_made = self.truth[a] == self.truth[b], self.found.get(a, a) == self.found.get(b, b)
            true[names[self.truth[a]]] += is_one
            right[names[self.truth[a]]] += is_one and is_made
            if is_made and not is_one:
                wrong.append((names[self.truth[a]], names[self.truth[b]]))
        return true, right, np.array(wrong, dtype=np.int64).reshape(-1, 2)

    @property
    def wrong_sensitive(self) -> int:
        """Wrong pairs with a sensitive report."""
        return sum(
            self.found.get(a, a) == self.found.get(b, b) and self.truth[a] != self.truth[b]
            for a, b in combinations(sorted(self.truth), 2)
            if self.sensitive[a] or self.sensitive[b]
        )


def figures(outcome: Outcome, weights: np.ndarray | None = None) -> tuple[float, float, float]:
    """Pairwise precision, recall and F1; `weights`: how often each incident is drawn."""
    true, right, wrong = outcome.pairs()
    drawn = np.ones(len(true)) if weights is None else weights
    hit, every = float(right @ drawn), float(true @ drawn)
    missed = float((drawn[wrong[:, 0]] * drawn[wrong[:, 1]]).sum())
    precision, recall = hit / max(hit + missed, 1e-9), hit / max(every, 1e-9)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def interval(outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """95 % of the means of F1 when each set's incidents are drawn again."""
    random = np.random.default_rng(_SEED)
    counts = [len(one.pairs()[0]) for one in outcomes]
    means = [
        np.mean([figures(one, random.multinomial(n, [1 / n] * n))[2] for one, n in zip(outcomes, counts, strict=True)])
        for _ in range(_DRAWS)
    ]
    return float(np.percentile(means, 2.5)), float(np.percentile(means, 97.5))


def measure_left_out(desk: Any, names: Sequence[str], *, with_baseline: bool) -> None:
    """Prints the table."""
    sets = labelled_sets(desk, names)
    if len(sets) < 3:
        sys.exit("left out: three labelled sets are needed")
    print("| linked by | " + " | ".join(_title(one.name) for one in sets) + " | mean P / R / F1 | worst | interval | "
          "wrong sensitive |\n|" + " --- |" * (len(sets) + 5))  # fmt: skip
    _print_row("hand weights, merged unasked", [_by_hand_weights(desk, one) for one in sets])
    rows: dict[str, list[Outcome]] = {}
    mornings: list[list[bool]] = []
    for one, model in _left_out_models(desk, sets):
        for how, outcome in _replayed(one, model, mornings):
            rows.setdefault(how, []).append(outcome)
    for how, outcomes in rows.items():
        _print_row(how, outcomes)
    _print_yield(mornings)
    if with_baseline:
        _print_baseline([one.name for one in sets])


def _title(name: str) -> str:
    return f"{name} (looked at)" if name in LOOKED_AT else name


def _print_row(how: str, outcomes: Sequence[Outcome]) -> None:
    each = [figures(one) for one in outcomes]
    low, high = interval(outcomes)
    mean = " / ".join(f"{value:.3f}" for value in np.mean(each, axis=0))
    cells = " | ".join(f"{p:.2f} / {r:.2f} / {f:.2f}" for p, r, f in each)
    print(f"| {how} | {cells} | {mean} | {min(f for _, _, f in each):.3f} | {low:.3f} to {high:.3f} | "
          f"{sum(one.wrong_sensitive for one in outcomes)} |", flush=True)  # fmt: skip


def _left_out_models(desk: Any, sets: Sequence[LabelledSet]) -> Iterator[tuple[LabelledSet, Any]]:
    """Each set, and the model of the others."""
    from tasking.linkage.model_fitting import Fitter
    from tasking.linkage.training import training_set

    fitter = Fitter({one.name: training_set(desk.linker, one.name, one.labelled) for one in sets})
    for one in sets:
        others = [other.name for other in sets if other is not one]
        yield one, fitter.fit(others, "left-out-1", [float(precision) for precision in PRECISIONS]).model


def _print_yield(mornings: Sequence[Sequence[bool]]) -> None:
    """How often the answer changes something, by the question's place in its morning's line."""
    places = [[morning[place] for morning in mornings if len(morning) > place] for place in range(_PLACES)]
    places.append([one for morning in mornings for one in morning[_PLACES:]])
    names = [f"{place + 1}." for place in range(_PLACES)] + ["later"]
    print("questions at .95 whose answer changes something, by place in the morning's line: " + ", ".join(
        f"{name} {np.mean(some):.2f} of {len(some)}" for name, some in zip(names, places, strict=True) if some))  # fmt: skip


def _replayed(one: LabelledSet, model: Any, mornings: list[list[bool]]) -> Iterator[tuple[str, Outcome]]:
    """The whole product on one set, day by day: what is merged unasked, and with the questions answered. The answers of
    each morning at the first precision are added to `mornings`."""
    from linkage import answered, linked, open_desk

    from tasking import flows
    from tasking.intake.transports import FolderTransport
    from tasking.linkage import linking

    days = [date.fromisoformat(report["received"][:10]) for report in one.raw]
    with tempfile.TemporaryDirectory() as folder:
        drops = Path(folder) / one.name
        export = [sys.executable, HOME / "tests" / "gold" / "export.py", path_of(one.name), drops]
        subprocess.run(export, check=True, capture_output=True)
        for path in drops.rglob("*"):
            os.utime(path, (0, 0))
        labels = pd.read_csv(drops / "truth.csv", dtype="str", keep_default_na=False)
        there = open_desk(f"sqlite:///{folder}/left-out.db")
        area = replace(there.conventions.area, county=_BRITAIN)
        there = in_district(there, district) if (district := SETS[one.name]) else there
        there = replace(
            there,
            conventions=replace(there.conventions, area=area),
            open_transport=lambda feed: FolderTransport(drops / feed.feed),
        )
        for precision in PRECISIONS:
            set_to = replace(there, linker=replace(there.linker, model=model, precision=precision))
            if precision == PRECISIONS[0]:
                flows.replay(set_to, min(days), max(days) + timedelta(days=1), lambda _: None)
            else:
                _unlink(set_to.warehouse)
                linking.link(set_to.linkage, max(days) + timedelta(days=1))
            found = linked(set_to, labels)
            yield f"model at .{precision[2:]}, merged unasked", _outcome(labels, found)
            found, told = answered(set_to, labels, found)
            mornings += told if precision == PRECISIONS[0] else []
            yield f"model at .{precision[2:]}, questions answered", _outcome(labels, found)


def _unlink(warehouse: Any) -> None:
    """Forgets every incident: what one setting linked would stay as it was under another."""
    from tasking.warehouse import tables

    with warehouse.writing() as connection:
        for table in (tables.incident_report, tables.linked_day, tables.link_question, tables.link_decision):
            connection.execute(table.delete())


def _outcome(labels: pd.DataFrame, found: Mapping[str, str]) -> Outcome:
    ids = (labels["feed"] + ":" + labels["source_ref"]).tolist()
    sensitive = dict(zip(ids, (labels["sensitive"] != "none").tolist(), strict=True))
    return Outcome(dict(zip(ids, labels["incident"], strict=True)), sensitive, found)


def _by_hand_weights(desk: Any, one: LabelledSet) -> Outcome:
    """As version 0.1 linked: the whole set at once."""
    from hand_weights.clustering import cluster
    from hand_weights.scoring import score_pairs

    from tasking.linkage.blocking import candidate_pairs
    from tasking.linkage.constraints import PairConstraints

    linker = desk.linker
    matrix = linker.feature_matrix(one.reports)
    a, b = candidate_pairs(matrix, np.ones(matrix.size, dtype=bool))
    scored = score_pairs(matrix, a, b, linker.category_relations, linker.weights, linker.lexicon.concepts)
    clusters = cluster(matrix, scored, {}, PairConstraints(), linker.weights.merge_above)
    ids = one.reports["report_id"].tolist()
    found = {ids[row]: ids[group[0]] for group in clusters for row in group}
    truth = dict(zip(ids, one.incident, strict=True))
    return Outcome(truth, dict(zip(ids, one.is_sensitive, strict=True)), found)


def _print_baseline(names: Sequence[str]) -> None:
    """What the plain model of ../shared prints of the same sets."""
    script = SHARED / "gold" / "loso_baseline.py"
    postcodes = [SHARED / "geo" / "sevenoaks_postcodes.csv", *sorted(SHARED.glob("geo/*/code_point_open.csv"))]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, script, "--train", *(path_of(name) for name in names), "--postcodes", *postcodes]
        told = subprocess.run([*command, "--out", folder], check=True, capture_output=True, text=True).stdout
    print("\nthe plain model (loso_baseline.py), whole sets at once:")
    print(told[told.index("== LEFT-OUT") :])
