"""Labelled reports as training sets of the model: their pairs as linking sees them, and the truth."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from tasking.linkage.candidates import candidate_parts
from tasking.linkage.clustering import MergeRules
from tasking.linkage.constraints import PairConstraints
from tasking.linkage.grouping import IsAllowed
from tasking.linkage.identity import merge_rules
from tasking.linkage.linker import Linker
from tasking.linkage.model_figures import TrainingWindow
from tasking.linkage.model_fitting import TrainingSet
from tasking.linkage.number_sets import Floats, Ints
from tasking.linkage.pair_model import ModelPairs
from tasking.linkage.pair_table import PairTable, pair_table
from tasking.linkage.scoring import ScoredPairs
from tasking.linkage.word_association import WordedSet
from tasking.linkage.wording import plain_words, text_of

WINDOW_DAYS: Final = 4  # as linking: the reports of a day and of the three before it
_STEP_DAYS: Final = 2
_DAY_STARTS_H: Final = 6


def training_set(linker: Linker, name: str, reports: pd.DataFrame) -> TrainingSet:
    """`reports`: as for `Linker.link`, with category_text, place_text and text, and the labels `incident` and
    `is_sensitive`; in any order. It is cut into windows of four days, since what is rare among the reports of a
    fortnight need not be rare among those that a morning's linking sees."""
    order = np.lexsort((reports["report_id"].to_numpy(str), reports["received_at"].to_numpy()))
    reports = reports.iloc[order].reset_index(drop=True)
    documents = _documents(reports)
    incident = np.asarray(pd.factorize(reports["incident"])[0], dtype=np.int64)
    one, other = np.nonzero(np.triu(incident[:, None] == incident[None, :], 1))
    day = (reports["received_at"] - pd.Timedelta(hours=_DAY_STARTS_H)).dt.floor("D")
    number = ((day - day.min()) / pd.Timedelta(days=1)).to_numpy(int)
    windows = []
    for first in range(1 - WINDOW_DAYS + 1, int(number.max()) + 1, _STEP_DAYS):
        rows = np.flatnonzero((number >= first) & (number < first + WINDOW_DAYS))
        if len(rows) > 1:
            some = reports.iloc[rows].reset_index(drop=True)
            window = _window(linker, some, incident[rows], [documents[row] for row in rows.tolist()])
            windows += [window] if len(window.a) else []
    return TrainingSet(name, WordedSet(documents, one.astype(np.int64), other.astype(np.int64)), windows)


def _window(
    linker: Linker, reports: pd.DataFrame, incident: Ints, documents: Sequence[frozenset[str]]
) -> TrainingWindow:
    matrix = linker.feature_matrix(reports)
    is_new = np.ones(matrix.size, dtype=bool)
    parts = list(candidate_parts(linker, reports, matrix, is_new, matrix.is_restricted))
    tables = [
        pair_table(part.matrix, part.a, part.b, linker.category_relations, linker.concept_weights) for part in parts
    ]
    rules = [
        merge_rules(part.matrix, table, part.a, part.b, linker.category_relations)
        for part, table in zip(parts, tables, strict=True)
    ]
    a = np.concatenate([part.rows[part.a] for part in parts])
    b = np.concatenate([part.rows[part.b] for part in parts])
    table = PairTable(tables[0].columns, np.concatenate([table.values for table in tables]))
    barred, identity, lasting = (np.concatenate(one) for one in zip(*rules, strict=True))

    def rules_of(log_odds: Floats) -> IsAllowed:
        pairs = ModelPairs(a, b, table, table, log_odds, log_odds, log_odds)
        scored = ScoredPairs(a, b, log_odds, barred, identity, lasting, pairs)
        return MergeRules(matrix, scored, PairConstraints(), frozenset()).is_allowed

    return TrainingWindow(
        size=matrix.size, a=a, b=b, part=np.repeat(np.arange(len(parts)), [len(part.a) for part in parts]),
        table=table, incident=incident, received_h=matrix.received_h, documents=documents, rules=rules_of,
        is_sensitive=reports["is_sensitive"].to_numpy(bool),
    )  # fmt: skip


def _documents(reports: pd.DataFrame) -> Sequence[frozenset[str]]:
    columns = (reports[name].tolist() for name in ("text", "category_text", "place_text"))
    return [
        plain_words(text_of(text), text_of(kind), text_of(place)) for text, kind, place in zip(*columns, strict=True)
    ]
