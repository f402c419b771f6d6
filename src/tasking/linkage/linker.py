"""Links the reports of a day: reports with their features in, incidents, links with evidence and review pairs out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from tasking.config.lexicon import Lexicon
from tasking.linkage.asking import Question, questions
from tasking.linkage.blocking import candidate_pairs
from tasking.linkage.clustering import cluster, evidence_of
from tasking.linkage.comparisons import ConceptWeights
from tasking.linkage.constraints import constraints_from_decisions
from tasking.linkage.feature_matrix import FeatureMatrix, feature_matrix
from tasking.linkage.features import VERSION as FEATURES_VERSION
from tasking.linkage.group_table import GroupEvidence
from tasking.linkage.incident_ids import incident_ids
from tasking.linkage.match_weights import MatchWeights
from tasking.linkage.number_sets import Ints
from tasking.linkage.pair_evidence import pair_evidence, score_of
from tasking.linkage.pair_model import PairModel
from tasking.linkage.place_and_time import CategoryRelations
from tasking.linkage.scoring import ScoredPairs, score_pairs
from tasking.linkage.spanning_tree import pairs_inside, spanning_tree
from tasking.model.incident import Decision, Evidence, Link, Linkage, Membership, ReviewPair

DECIDED_BY_A_PERSON: Final = Evidence("who", "a person said so", 99.0)


@dataclass(frozen=True)
class Linker:
    """What linking needs beside the reports: the model in force, how much of what it merges is to be right
    (`precision`), and what the declarations say of categories and of feeds that report an incident once (`tells_once`).

    `weights`: how rare the concepts of the lexicon are. `key`: (domain, value) -> the pseudonym of a word, as a number.
    """

    lexicon: Lexicon
    weights: MatchWeights
    model: PairModel
    key: Callable[[str, str], int]
    category_relations: CategoryRelations
    categories: tuple[str, ...]
    tells_once: frozenset[str]
    precision: str = "0.95"

    @property
    def version(self) -> str:
        return f"{self.model.version}+{FEATURES_VERSION}+{self.precision}"

    @property
    def merge_above(self) -> float:
        """The log-odds of two groups from which they are merged unasked."""
        return self.model.merge_above[self.precision]

    @property
    def concept_weights(self) -> ConceptWeights:
        return self.weights.concept_weights(self.lexicon.concepts)

    def feature_matrix(self, reports: pd.DataFrame) -> FeatureMatrix:
        return feature_matrix(reports, self.categories, self.tells_once)

    def score(self, matrix: FeatureMatrix, is_new: np.ndarray) -> ScoredPairs:
        a, b = candidate_pairs(matrix, is_new)
        return score_pairs(matrix, a, b, self.category_relations, self.concept_weights, self.model, self.key)

    def link(
        self,
        reports: pd.DataFrame,
        decisions: Sequence[Decision] = (),
        stored: Mapping[str, str] | None = None,
        incidents_before_day: Mapping[str, str] | None = None,
        earlier_review_pairs: Sequence[tuple[str, str]] = (),
        most_reviews: int = 0,
        most_restricted_reviews: int | None = None,
    ) -> Linkage:
        """The incident of every report that is in none yet, and the pairs of reports for clerical review.

        `reports`: report_id, feed, category, received_at, caller_key, is_restricted, signals (JSON), incident_id
        (null where not yet linked); row order does not matter. `decisions`: oldest first. `stored`: the incidents of
        an earlier run, whose ids are kept. `incidents_before_day`: reports that stay in theirs get no new evidence.
        `earlier_review_pairs`: pairs that people were asked about already.

        `most_reviews`: how many pairs may go to review. With `most_restricted_reviews`, restricted ones are counted
        against that alone, so that the number of public ones shows nothing of the others.
        """
        order = np.lexsort((reports["report_id"].to_numpy(str), reports["received_at"].to_numpy()))
        reports = reports.iloc[order].reset_index(drop=True)
        matrix = self.feature_matrix(reports)
        incident = reports["incident_id"]
        is_new = incident.isna().to_numpy()
        scored = self.score(matrix, is_new)
        rows = {report: i for i, report in enumerate(reports["report_id"].tolist())}
        constraints = constraints_from_decisions([(one.report_a, one.report_b, one.is_same) for one in decisions], rows)
        before = {i: one for i, one in enumerate(incident.tolist()) if not is_new[i]}
        clusters = cluster(matrix, scored, before, constraints, self.model.group, self.merge_above)
        ids, received_at = reports["report_id"].tolist(), reports["received_at"].tolist()
        names = incident_ids(clusters, before, ids, received_at, stored or {})
        inside = pairs_inside(scored, clusters)
        joined = [
            (row, pair, group[0], name)
            for group, name in zip(clusters, names, strict=True)
            for row, pair in spanning_tree(group, scored, inside)
            if is_new[row]
        ]
        kept = incidents_before_day or {}
        is_fresh = [kept.get(ids[row]) != name for row, _, _, name in joined]
        told = [pair for (_, pair, _, _), fresh in zip(joined, is_fresh, strict=True) if fresh and pair is not None]
        evidence = self._evidence(matrix, scored, told)
        memberships = [
            self._membership(ids, scored, row, pair, first, name, evidence)
            if fresh
            else Membership(ids[row], name, None)
            for (row, pair, first, name), fresh in zip(joined, is_fresh, strict=True)
        ]
        answered = [(rows[a], rows[b]) for a, b in earlier_review_pairs if a in rows and b in rows]
        review_pairs = self._review_pairs(
            matrix,
            scored,
            clusters,
            constraints.cannot_link,
            answered,
            _ReviewQuota(most_reviews, most_restricted_reviews),
        )
        return Linkage(tuple(memberships), review_pairs, self.version)

    def _evidence(
        self, matrix: FeatureMatrix, scored: ScoredPairs, pairs: Sequence[int]
    ) -> dict[int, tuple[Evidence, ...]]:
        """The evidence of each of some scored pairs."""
        which = np.array(sorted(set(pairs)), dtype=np.int64)
        shares, _ = self.model.shares(scored.pairs, which)
        return {
            pair: pair_evidence(matrix, scored, pair, of_pair, self.lexicon.concepts)
            for pair, of_pair in zip(which.tolist(), shares.tolist(), strict=True)
        }

    def _membership(
        self,
        ids: Sequence[str],
        scored: ScoredPairs,
        row: int,
        pair: int | None,
        first: int,
        incident_id: str,
        evidence: Mapping[int, tuple[Evidence, ...]],
    ) -> Membership:
        """Why a report is in its incident; `first`: the incident's first report."""
        if pair is not None:
            other = int(scored.a[pair] + scored.b[pair] - row)
            score = score_of(scored.log_odds[pair])
            return Membership(ids[row], incident_id, Link(ids[row], ids[other], score, evidence[pair]))
        if row != first:
            return Membership(ids[row], incident_id, Link(ids[row], ids[first], 1.0, (DECIDED_BY_A_PERSON,)))
        return Membership(ids[row], incident_id, None)

    def _review_pairs(
        self,
        matrix: FeatureMatrix,
        scored: ScoredPairs,
        clusters: Sequence[Sequence[int]],
        decided: Collection[tuple[int, int]],
        asked_before: Sequence[tuple[int, int]],
        quota: "_ReviewQuota",
    ) -> tuple[ReviewPair, ...]:
        """The likeliest pair of every two clusters that may be one incident, best first. Clusters with a pair in
        `asked_before` are left out; those with one in `decided` are too, and still count against the quota: an answered
        question makes no room for another."""
        of = np.zeros(matrix.size, dtype=np.int64)
        for number, group in enumerate(clusters):
            of[list(group)] = number
        closed_clusters, decided_clusters = (
            {frozenset((int(of[a]), int(of[b]))) for a, b in pairs} for pairs in (asked_before, decided)
        )
        first = np.array([group[0] for group in clusters], dtype=np.int64)
        evidence = evidence_of(matrix, scored)
        at = np.flatnonzero(scored.is_barred)
        barred = set(zip(scored.a[at].tolist(), scored.b[at].tolist(), strict=True))

        def is_closed(a: int, b: int) -> bool:
            return frozenset((int(of[a]), int(of[b]))) in closed_clusters or (a, b) in barred

        number_of = {(int(a), int(b)): pair for pair, (a, b) in enumerate(zip(scored.a, scored.b, strict=True))}
        asked: list[tuple[Question, int, bool]] = []
        for one in self._asked(evidence, first[of], is_closed):
            if quota.is_full:
                break
            a, b = min(one.a, one.b), max(one.a, one.b)
            is_restricted = bool(matrix.is_restricted[[*clusters[of[a]], *clusters[of[b]]]].any())
            is_decided = frozenset((int(of[a]), int(of[b]))) in decided_clusters
            if quota.take(is_restricted=is_restricted) and not is_decided:
                asked.append((one, number_of[a, b], is_restricted))
        why = self._evidence(matrix, scored, [pair for _, pair, _ in asked])
        return tuple(
            ReviewPair(
                str(matrix.report_id[scored.a[pair]]), str(matrix.report_id[scored.b[pair]]), round(one.likely, 3),
                why[pair], is_restricted,
            )
            for one, pair, is_restricted in asked
        )  # fmt: skip

    def _asked(self, evidence: GroupEvidence, group: Ints, is_closed: Callable[[int, int], bool]) -> list[Question]:
        return [one for one in questions(evidence, self.model.group, group, is_closed) if one.kind == "merge"]


class _ReviewQuota:
    """How many pairs may still go to review: public and restricted ones, counted apart or together."""

    def __init__(self, most: int, most_restricted_reviews: int | None) -> None:
        self.public, self.restricted = most, most_restricted_reviews

    @property
    def is_full(self) -> bool:
        return self.public <= 0 and (self.restricted or 0) <= 0

    def take(self, *, is_restricted: bool) -> bool:
        """Uses up a place for one pair. False where none is left."""
        if is_restricted and self.restricted is not None:
            self.restricted -= 1
            return self.restricted >= 0
        self.public -= 1
        return self.public >= 0
