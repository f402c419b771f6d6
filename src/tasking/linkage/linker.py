"""Links the reports of a day: reports with their features in, incidents, links with evidence and review pairs out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from tasking.config.lexicon import Lexicon
from tasking.linkage.blocking import candidate_pairs
from tasking.linkage.clustering import cluster
from tasking.linkage.constraints import constraints_from_decisions
from tasking.linkage.feature_matrix import FeatureMatrix, feature_matrix
from tasking.linkage.features import VERSION as FEATURES_VERSION
from tasking.linkage.incident_ids import incident_ids
from tasking.linkage.match_weights import MatchWeights
from tasking.linkage.pair_evidence import pair_evidence, score_of
from tasking.linkage.place_and_time import CategoryRelations
from tasking.linkage.scoring import ScoredPairs, score_pairs
from tasking.linkage.spanning_tree import pairs_inside, spanning_tree
from tasking.model.incident import Decision, Evidence, Link, Linkage, Membership, ReviewPair

DECIDED_BY_A_PERSON: Final = Evidence("who", "a person said so", 99.0)


@dataclass(frozen=True)
class Linker:
    """What linking needs beside the reports: the match weights in force, and what the declarations say of categories
    and of feeds that report an incident once (`tells_once`)."""

    lexicon: Lexicon
    weights: MatchWeights
    category_relations: CategoryRelations
    categories: tuple[str, ...]
    tells_once: frozenset[str]

    @property
    def version(self) -> str:
        return f"{self.weights.version}+{FEATURES_VERSION}"

    def feature_matrix(self, reports: pd.DataFrame) -> FeatureMatrix:
        return feature_matrix(reports, self.categories, self.tells_once)

    def score(self, matrix: FeatureMatrix, is_new: np.ndarray) -> ScoredPairs:
        a, b = candidate_pairs(matrix, is_new)
        return score_pairs(matrix, a, b, self.category_relations, self.weights, self.lexicon.concepts)

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
        clusters = cluster(matrix, scored, before, constraints, self.weights.merge_above)
        ids, received_at = reports["report_id"].tolist(), reports["received_at"].tolist()
        names = incident_ids(clusters, before, ids, received_at, stored or {})
        memberships = []
        inside = pairs_inside(scored, clusters)
        for group, name in zip(clusters, names, strict=True):
            for row, pair in spanning_tree(group, scored, inside):
                if is_new[row] and incidents_before_day and incidents_before_day.get(ids[row]) == name:
                    memberships.append(Membership(ids[row], name, None))
                elif is_new[row]:
                    other = None if pair is None else int(scored.a[pair] + scored.b[pair] - row)
                    memberships.append(self._membership(matrix, scored, group, row, other, pair, name))
        answered = [(rows[a], rows[b]) for a, b in earlier_review_pairs if a in rows and b in rows]
        review_pairs = self._review_pairs(
            matrix,
            scored,
            clusters,
            [*constraints.cannot_link, *answered],
            _ReviewQuota(most_reviews, most_restricted_reviews),
        )
        return Linkage(tuple(memberships), review_pairs, self.version)

    def _membership(
        self,
        matrix: FeatureMatrix,
        scored: ScoredPairs,
        group: Sequence[int],
        row: int,
        other: int | None,
        pair: int | None,
        incident_id: str,
    ) -> Membership:
        report = str(matrix.report_id[row])
        if pair is not None and other is not None:
            why = pair_evidence(matrix, scored, pair, self.weights.listed, self.lexicon.concepts)
            return Membership(report, incident_id, Link(
                report, str(matrix.report_id[other]), score_of(scored.log_odds[pair]), why))  # fmt: skip
        if row != group[0]:
            first = str(matrix.report_id[group[0]])
            return Membership(report, incident_id, Link(report, first, 1.0, (DECIDED_BY_A_PERSON,)))
        return Membership(report, incident_id, None)

    def _review_pairs(
        self,
        matrix: FeatureMatrix,
        scored: ScoredPairs,
        clusters: Sequence[Sequence[int]],
        closed: Sequence[tuple[int, int]],
        quota: "_ReviewQuota",
    ) -> tuple[ReviewPair, ...]:
        """The likeliest pair of every two clusters that may be one incident, best first. Clusters with a pair in
        `closed` are left out: a person has decided on it, or has been asked."""
        of = np.zeros(matrix.size, dtype=np.int64)
        for number, group in enumerate(clusters):
            of[list(group)] = number
        closed_clusters = {frozenset((int(of[a]), int(of[b]))) for a, b in closed}
        open_pairs = (
            (scored.log_odds >= self.weights.ask_above) & ~scored.is_impossible & (of[scored.a] != of[scored.b])
        )
        considered: set[frozenset[int]] = set()
        pairs: list[ReviewPair] = []
        candidates = np.flatnonzero(open_pairs)
        for pair in candidates[np.lexsort((scored.b[candidates], scored.a[candidates], -scored.log_odds[candidates]))]:
            if quota.is_full:
                break
            a, b = int(scored.a[pair]), int(scored.b[pair])
            two = frozenset((int(of[a]), int(of[b])))
            if two in considered or two in closed_clusters:
                continue
            considered.add(two)
            is_restricted = bool(matrix.is_restricted[[*clusters[of[a]], *clusters[of[b]]]].any())
            if not quota.take(is_restricted=is_restricted):
                continue
            pairs.append(ReviewPair(
                str(matrix.report_id[a]), str(matrix.report_id[b]), score_of(scored.log_odds[pair]),
                pair_evidence(matrix, scored, int(pair), self.weights.listed, self.lexicon.concepts),
                is_restricted,
            ))  # fmt: skip
        return tuple(pairs)


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
