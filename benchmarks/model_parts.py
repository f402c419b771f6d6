"""What each part of the linkage model is worth, on labelled sets that it has not seen: `python benchmarks/model_parts.py`.

calibration   how often pairs were one incident, beside how likely the model said it was
evidence      the model fitted without each group of evidence in turn
rules         each rule on what a machine may merge, left out in turn
errors        the pairs that were missed and wrongly merged, by kind, and the twenty worst

Sets are cut into windows of four days, as a morning's linking sees them. 20 minutes on 2 cores, most of them `evidence`.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any
from unittest import mock

import numpy as np
from labelled_sets import LabelledSet, labelled_sets

LEVELS = (1.5, 1.0, 0.0)  # log-odds
_BINS = (0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.0)
_WORST = 20
_FAR_KM, _LONG_H = 0.4, 12.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["calibration", "evidence", "rules", "errors"], help="one of them")
    only = parser.parse_args().only
    from linkage import open_desk

    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(f"sqlite:///{folder}/parts.db")
        sets = labelled_sets(desk)
        trained = _training_sets(desk, sets)
        models = _left_out_models(trained)
        if only in (None, "calibration"):
            print_calibration(trained, models)
        if only in (None, "rules"):
            print_rules(desk, sets, models)
        if only in (None, "errors"):
            print_errors(trained, models)
        if only in (None, "evidence"):
            print_evidence(trained, models)


def _training_sets(desk: Any, sets: Sequence[LabelledSet]) -> dict[str, Any]:
    from tasking.linkage.training import training_set

    return {one.name: training_set(desk.linker, one.name, one.labelled) for one in sets}


def _left_out_models(trained: Mapping[str, Any]) -> dict[str, Any]:
    """For each set the model of the others."""
    from tasking.linkage.model_fitting import Fitter
    from tasking.linkage.refit import WANTED

    fitter = Fitter(dict(trained))
    return {name: fitter.fit([other for other in trained if other != name], "left-out-1", WANTED).model
            for name in trained}  # fmt: skip


def _scored(trained: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each set's windows, and their pairs as the model of the other sets scores them."""
    from tasking.linkage.model_fitting import Fitter

    fitter = Fitter(dict(trained))
    for name, one in trained.items():
        for window, pairs in zip(one.windows, fitter.scored(models[name], name), strict=True):
            yield name, window, pairs


def print_calibration(trained: Mapping[str, Any], models: Mapping[str, Any]) -> None:
    scores, truths = [], []
    for _, window, pairs in _scored(trained, models):
        scores.append(1 / (1 + np.exp(-pairs.log_odds)))
        truths.append(window.is_one)
    said, is_one = np.concatenate(scores), np.concatenate(truths)
    print("| the model says | pairs | mean of what it says | were one incident |\n" + "| --- " * 4 + "|")
    for low, high in pairwise(_BINS):
        at = (said >= low) & (said < high if high < 1 else said <= high)
        print(f"| {low:.2f} to {high:.2f} | {at.sum():,} | {said[at].mean():.3f} | {is_one[at].mean():.3f} |")


def _print_levels(how: str, trained: Mapping[str, Any], models: Mapping[str, Any]) -> None:
    """A row of the mean precision, recall and F1 over the sets at each of LEVELS, and of wrong sensitive pairs."""
    from tasking.linkage.model_fitting import Fitter

    fitter = Fitter(dict(trained))
    counts = {name: fitter.counts(name, fitter.scored(models[name], name), models[name].group) for name in trained}
    cells, sensitive = [], []
    for level in LEVELS:
        each = [counts[name][level].figures for name in trained]
        cells.append(" / ".join(f"{np.mean([one[figure] for one in each]):.3f}" for figure in ("P", "R", "F1")))
        sensitive.append(str(sum(one["sensitive"] for one in each)))
    print(f"| {how} | {' | '.join(cells)} | {' / '.join(sensitive)} |", flush=True)


def _print_head(of_what: str) -> None:
    print(f"\n| {of_what} | " + " | ".join(f"at {level}" for level in LEVELS) + " | wrong sensitive |")
    print("| --- " * (len(LEVELS) + 2) + "|")


def print_evidence(trained: Mapping[str, Any], models: Mapping[str, Any]) -> None:
    from tasking.linkage.pair_table import GROUPS

    _print_head("evidence")
    _print_levels("all of it", trained, models)
    for group in GROUPS[:-1]:
        without = {name: replace(one, windows=[_without(window, group) for window in one.windows])
                   for name, one in trained.items()}  # fmt: skip
        _print_levels(f"without {group}", without, _left_out_models(without))


def _without(window: Any, group: str) -> Any:
    """A window whose columns of a group of evidence say nothing."""
    from tasking.linkage.pair_table import groups_of

    table = window.table
    values = table.values.copy()
    values[:, [group in groups_of(column) for column in table.columns]] = 0.0
    return replace(window, table=replace(table, values=values))


def print_rules(desk: Any, sets: Sequence[LabelledSet], models: Mapping[str, Any]) -> None:
    _print_head("rules")
    for how, changed in _RULES.items():
        with changed():
            _print_levels(how, _training_sets(desk, sets), models)


@contextmanager
def _marks(change: Callable[..., Any]) -> Iterator[None]:
    """What `merge_rules` says of the pairs, changed."""
    from tasking.linkage import training

    judged = training.merge_rules
    with mock.patch.object(training, "merge_rules", lambda *given: change(*judged(*given))):
        yield


@contextmanager
def _extent(name: str) -> Iterator[None]:
    from tasking.linkage import clustering

    with mock.patch.object(clustering, name, np.inf):
        yield


_RULES: dict[str, Callable[[], Any]] = {
    "all in force": lambda: _marks(lambda barred, person, lasting: (barred, person, lasting)),
    "without the identity rule": lambda: _marks(lambda barred, person, lasting: (barred, person | True, lasting)),
    "without another person and one clock": lambda: _marks(lambda barred, person, lasting: (barred & False, person, lasting)),
    "without 72 hours": lambda: _extent("_SPAN_H"),
    "without 600 metres": lambda: _extent("_SPAN_M"),
}  # fmt: skip


def print_errors(trained: Mapping[str, Any], models: Mapping[str, Any]) -> None:
    from tasking.linkage.model_figures import partitions

    kinds: dict[str, list[str]] = {"missed": [], "wrongly merged": []}
    worst: list[tuple[float, str]] = []
    for name, window, pairs in _scored(trained, models):
        level = min(LEVELS, key=lambda one, name=name: abs(one - models[name].merge_above["0.95"]))
        group = partitions(pairs, window, models[name].group)[level]
        together = group[window.a] == group[window.b]
        for at in np.flatnonzero(together != window.is_one):
            is_missed = bool(window.is_one[at])
            kind = _kind(window, int(at))
            kinds["missed" if is_missed else "wrongly merged"].append(kind)
            odds = float(pairs.log_odds[at])
            worst.append(
                (odds if is_missed else -odds, f"{name}: {'missed' if is_missed else 'wrong'}, {kind}, {odds:+.1f}")
            )
    for what, found in kinds.items():
        print(f"\n| {what}: {len(found)} pairs | share |\n| --- | --- |")
        for kind in sorted(set(found), key=lambda one: (-found.count(one), one)):
            print(f"| {kind} | {found.count(kind) / len(found):.2f} |")
    print(f"\nthe {_WORST} worst, by the log-odds that the model gave the pair:")
    for _, words in sorted(worst)[:_WORST]:
        print(f"- {words}")


def _kind(window: Any, at: int) -> str:
    """What a pair's two reports are like, in words."""

    def of(column: str) -> float:
        return float(np.nan_to_num(window.table.of(column)[at]))

    said = []
    if of("what_sensitive") or of("what_sensitive_one"):
        said.append("a sensitive report")
    said.append(
        "far apart" if of("where_least") > _FAR_KM else "at one place" if of("where_least") else "a place unknown"
    )
    said.append("hours apart" if of("when_gap_any") > _LONG_H else "at one time")
    said.append("no words shared" if not of("words_shared") else "words shared")
    return ", ".join(said)


if __name__ == "__main__":
    main()
