"""Fits the model of pairs and groups to labelled sets, each part on scores by models that have not seen the set.

A second stage that is fitted on a first stage's own training sets believes it too much. So the first stage is fitted
once without each set, and the set is scored by that; the same again between the second stage and the groups.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from tasking.linkage import group_table as groups
from tasking.linkage.group_table import group_table
from tasking.linkage.model_figures import Counts, TrainingWindow, counted, evidence_of, partitions, thresholds
from tasking.linkage.number_sets import Bools, Floats, Ints
from tasking.linkage.pair_model import ModelPairs, PairModel, firm_evidence, rival_table
from tasking.linkage.pair_scorer import Scorer, TreeShape, fit_scorer
from tasking.linkage.pair_table import PairTable, Table, directions
from tasking.linkage.word_association import WordAssociation, WordedSet, fit_association, incidence, vocabulary

PAIR: Final = TreeShape(rounds=200, rate=0.1, leaves=20)
BESIDE: Final = TreeShape(rounds=120, leaves=8, rows_per_leaf=40, columns_share=0.5, ridge=10)
GROUP: Final = TreeShape(rounds=300, rate=0.04, leaves=8, rows_per_leaf=40, columns_share=0.3, ridge=10)
_RIDGE: Final = {"pair": 50.0, "beside": 20.0, "group": 100.0}
_BESIDE_RISING: Final = frozenset({"score", "likely"})
# Partitions from which the groups' scorer learns: every report alone, and what merging down to each of these gives.
_PARTITIONS: Final = (2.0, 1.0, 0.3, -0.5)
_MOSTLY_ONE: Final = 0.5
_HARDLY_ONE: Final = 0.2


@dataclass(frozen=True)
class TrainingSet:
    """A labelled set by one hand: all its words, and its windows of a few days."""

    name: str
    worded: WordedSet
    windows: Sequence[TrainingWindow]

    @property
    def is_one(self) -> Bools:
        return np.concatenate([window.is_one for window in self.windows])


@dataclass(frozen=True)
class Fitted:
    """`held_out`: by set and threshold, what stages that were not fitted on the set make of it."""

    model: PairModel
    held_out: Mapping[str, Mapping[float, Counts]]


@dataclass
class Fitter:
    """Fits to any of some sets. First stages are kept by the names of their sets, since many fits need the same.

    `public`: the only words that the model may hold, where the sets are of real reports.
    """

    sets: Mapping[str, TrainingSet]
    public: frozenset[str] | None = None
    _pair: dict[frozenset[str], tuple[Scorer, WordAssociation]] = field(default_factory=dict)
    _beside: dict[tuple[frozenset[str], str | None], Scorer] = field(default_factory=dict)
    _first: dict[tuple[frozenset[str], str], list[ModelPairs]] = field(default_factory=dict)

    def fit(self, names: Sequence[str], version: str, wanted: Sequence[float]) -> "Fitted":
        """The model of these sets, with the threshold of each wanted precision: what keeps to it on sets held out."""
        every = frozenset(names)
        examples = {name: self._examples(every, name) for name in sorted(names)}
        by_set = {}
        for name in sorted(names):
            group = _fit_group([one for other in examples if other != name for one in examples[other]])
            by_set[name] = self.counts(name, self.held_out(every, name), group)
        pair, association = self.first_stage(every)
        reports = sum(len(self.sets[name].worded.documents) for name in names)
        true = sum(len(self.sets[name].worded.a) for name in names)
        model = PairModel(
            version, association, pair, self.second_stage(every),
            _fit_group([one for name in sorted(names) for one in examples[name]]),
            thresholds(list(by_set.values()), wanted), {"sets": len(names), "reports": reports, "true_pairs": true},
        )  # fmt: skip
        return Fitted(model, by_set)

    def scored(self, model: PairModel, name: str) -> list[ModelPairs]:
        """The pairs of each window of a set as a model scores them."""
        return [_scored(model, window) for window in self.sets[name].windows]

    def counts(self, name: str, pairs: Sequence[ModelPairs], group: Scorer) -> dict[float, Counts]:
        """Threshold -> pairs made and right, over all the windows of a set."""
        totals: dict[float, Counts] = {}
        for window, some in zip(self.sets[name].windows, pairs, strict=True):
            for level, found in partitions(some, window, group).items():
                counts = counted(found, window)
                totals[level] = totals[level] + counts if level in totals else counts
        return totals

    def _examples(self, names: frozenset[str], name: str) -> list[tuple[Table, Floats, Floats]]:
        held_out = self.held_out(names, name)
        return [group_examples(pairs, one) for pairs, one in zip(held_out, self.sets[name].windows, strict=True)]

    def held_out(self, names: frozenset[str], name: str) -> list[ModelPairs]:
        """The pairs of one set of `names`, by window, as they are scored by stages that were not fitted on it."""
        beside = self.second_stage(names, without=name)
        return [
            replace(pairs, log_odds=(pairs.first + beside.log_odds(pairs.rivals.values)) / 2 + pairs.firm)
            for pairs in self._by_first_stage(names, name)
        ]

    def first_stage(self, names: frozenset[str]) -> tuple[Scorer, WordAssociation]:
        """The first stage of these sets; the word association in each set's columns is that of the others."""
        if names not in self._pair:
            sets = [self.sets[name] for name in sorted(names)]
            words = vocabulary([one.worded for one in sets], self.public)
            tables = []
            for one in sets:
                others = [other.worded for other in sets if other is not one] or [one.worded]
                association = fit_association(others, words)
                tables += [_related(window, association) for window in one.windows]
            columns = tables[0].columns
            scorer = fit_scorer(
                columns, np.concatenate([table.values for table in tables]),
                np.concatenate([one.is_one for one in sets]), directions(columns), ridge=_RIDGE["pair"], shape=PAIR,
            )  # fmt: skip
            self._pair[names] = scorer, fit_association([one.worded for one in sets], words)
        return self._pair[names]

    def second_stage(self, names: frozenset[str], without: str | None = None) -> Scorer:
        """The second stage of the sets of `names`, or of all but one of them."""
        used = sorted(names - {without})
        if (names, without) not in self._beside:
            tables = [pairs.rivals for name in used for pairs in self._by_first_stage(names, name)]
            columns = tables[0].columns
            self._beside[names, without] = fit_scorer(
                columns, np.concatenate([table.values for table in tables]),
                np.concatenate([self.sets[name].is_one for name in used]),
                [int(column in _BESIDE_RISING) for column in columns], ridge=_RIDGE["beside"], shape=BESIDE,
            )  # fmt: skip
        return self._beside[names, without]

    def _by_first_stage(self, names: frozenset[str], name: str) -> list[ModelPairs]:
        """The pairs of a set, by window, with the first stage of the others of `names`, before the second."""
        others = (names - {name}) or names
        if (others, name) not in self._first:
            pair, association = self.first_stage(others)
            self._first[others, name] = [_first_scored(pair, association, one) for one in self.sets[name].windows]
        return self._first[others, name]


def _first_scored(pair: Scorer, association: WordAssociation, one: TrainingWindow) -> ModelPairs:
    table = _related(one, association)
    first = pair.log_odds(table.values)
    rivals = _rivals(one, table, first)
    return ModelPairs(one.a, one.b, table, rivals, first, first, firm_evidence(table))


def _rivals(one: TrainingWindow, table: PairTable, first: Floats) -> PairTable:
    """The columns of the second stage; rivals are of the same part."""
    parts = [np.flatnonzero(one.part == part) for part in np.unique(one.part)]
    tables = [
        rival_table(one.size, one.a[at], one.b[at], replace(table, values=table.values[at]), first[at]) for at in parts
    ]
    order = np.argsort(np.concatenate(parts))
    return PairTable(tables[0].columns, np.concatenate([some.values for some in tables])[order])


def _scored(model: PairModel, one: TrainingWindow) -> ModelPairs:
    pairs = _first_scored(model.pair, model.association, one)
    beside = model.beside.log_odds(pairs.rivals.values)
    return replace(pairs, log_odds=(pairs.first + beside) / 2 + pairs.firm)


def _related(one: TrainingWindow, association: WordAssociation) -> PairTable:
    """The window's table with the column of related words."""
    places = association.places(incidence(one.documents, association.words))
    values = one.table.values.copy()
    values[:, one.table.columns.index("words_related")] = association.related(places, one.a, one.b)
    return replace(one.table, values=values)


def group_examples(pairs: ModelPairs, one: TrainingWindow) -> tuple[Table, Floats, Floats]:
    """Two groups each a row, from several partitions of a set: columns, the share of true pairs, and the weight."""
    from tasking.linkage.average_link import Links, average_link

    evidence = evidence_of(pairs, one.received_h)
    partitions = [np.arange(one.size)]
    for threshold in _PARTITIONS:
        links = Links.of([[row] for row in range(one.size)], pairs.a, pairs.b, np.maximum(pairs.log_odds, -2.5))
        group = np.arange(one.size)
        for rows in average_link(links, threshold, lambda *_: True, -2.5):
            group[rows] = rows[0]
        partitions.append(group)
    values, shares, weights = [], [], []
    for group in partitions:
        first, second, columns = group_table(evidence, group)
        kept = columns[:, 0] > -5
        share, pairs_between = _true_share(one, group, first[kept], second[kept])
        values.append(columns[kept])
        shares.append(share)
        weights.append(np.sqrt(np.minimum(pairs_between, 4)))
    return np.concatenate(values), np.concatenate(shares), np.concatenate(weights)


def _true_share(one: TrainingWindow, group: Ints, first: Ints, second: Ints) -> tuple[Floats, Floats]:
    """The share of true pairs among all the pairs of each two groups, and how many pairs these are."""
    by_group = np.zeros((one.size, int(one.incident.max()) + 1))
    np.add.at(by_group, (group, one.incident), 1)
    pairs = by_group.sum(axis=1)[first] * by_group.sum(axis=1)[second]
    return (by_group[first] * by_group[second]).sum(axis=1) / pairs, pairs


def _fit_group(examples: Sequence[tuple[Table, Floats, Floats]]) -> Scorer:
    values, share, weight = (np.concatenate([one[part] for one in examples]) for part in range(3))
    kept = (share > _MOSTLY_ONE) | (share < _HARDLY_ONE)
    return fit_scorer(
        groups.COLUMNS, values[kept], share[kept] > _MOSTLY_ONE, groups.DIRECTIONS, ridge=_RIDGE["group"],
        shape=GROUP, weights=weight[kept],
    )  # fmt: skip
