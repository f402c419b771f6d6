"""Links the reports of a day: reports with their features in, incidents, links with evidence and review pairs out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from tasking.config.lexicon import Lexicon
from tasking.linkage.asking import Question, questions
from tasking.linkage.candidates import candidate_parts
from tasking.linkage.clustering import cluster, evidence_of, initial_groups
from tasking.linkage.comparisons import ConceptWeights
from tasking.linkage.constraints import Pair, PairConstraints, constraints_from_decisions
from tasking.linkage.feature_matrix import FeatureMatrix, feature_matrix
from tasking.linkage.features import VERSION as FEATURES_VERSION
from tasking.linkage.incident_ids import incident_ids
from tasking.linkage.match_weights import MatchWeights
from tasking.linkage.number_sets import Bools, Ints
from tasking.linkage.pair_evidence import pair_evidence, score_of
from tasking.linkage.pair_model import PairModel
from tasking.linkage.place_and_time import CategoryRelations
from tasking.linkage.scoring import ScoredPairs, joined, score_pairs
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

    def score(self, reports: pd.DataFrame, matrix: FeatureMatrix, is_new: Bools, is_private: Bools) -> ScoredPairs:
        """The candidate pairs of reports with a new one, scored. `matrix`: of the reports; `is_private`: see
        `candidate_parts`."""
        parts = []
        for part in candidate_parts(self, reports, matrix, is_new, is_private):
            scored = score_pairs(
                part.matrix, part.a, part.b, self.category_relations, self.concept_weights, self.model, self.key
            )
            parts.append(part.renumbered(scored))
        return joined(parts)

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
        rows = {report: i for i, report in enumerate(reports["report_id"].tolist())}
        constraints = constraints_from_decisions(decisions, rows, _delivered_on(reports))
        before = {i: one for i, one in enumerate(incident.tolist()) if not is_new[i]}
        group = initial_groups(matrix.size, before, constraints)
        scored = self.score(reports, matrix, is_new, np.isin(group, group[matrix.is_restricted]))
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
        earlier = _EarlierReviews(
            clusters,
            is_new,
            scored,
            constraints,
            asked=[(rows[a], rows[b]) for a, b in earlier_review_pairs if a in rows and b in rows],
            decided=[(rows[a], rows[b]) for a, b, *_ in decisions if a in rows and b in rows],
        )
        quota = _ReviewQuota(most_reviews, most_restricted_reviews)
        review_pairs = self._review_pairs(matrix, scored, clusters, earlier, quota)
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
        earlier: "_EarlierReviews",
        quota: "_ReviewQuota",
    ) -> tuple[ReviewPair, ...]:
        """What people are asked of the clusters, what is worth most first: the likeliest pair of two that may be one,
        and a report that may not belong to its cluster, with the report that it is most like.

        What is decided is left out and still counts against the quota, so that an answer makes no room for a question.
        """
        of = _cluster_of(clusters, matrix.size)
        first = np.array([group[0] for group in clusters], dtype=np.int64)
        number_of = {(int(a), int(b)): pair for pair, (a, b) in enumerate(zip(scored.a, scored.b, strict=True))}
        asked: list[tuple[Question, int, bool]] = []
        for one in questions(evidence_of(matrix, scored), self.model.group, first[of], earlier.is_closed):
            if quota.is_full:
                break
            is_restricted = bool(matrix.is_restricted[[*clusters[of[one.a]], *clusters[of[one.b]]]].any())
            if quota.take(is_restricted=is_restricted) and not earlier.is_decided(one.a, one.b):
                asked.append((one, number_of[min(one.a, one.b), max(one.a, one.b)], is_restricted))
        why = self._evidence(matrix, scored, [pair for _, pair, _ in asked])
        return tuple(
            ReviewPair(
                str(matrix.report_id[one.a]), str(matrix.report_id[one.b]), round(one.likely, 3), why[pair],
                is_restricted, one.kind,
            )
            for one, pair, is_restricted in asked
        )  # fmt: skip


def _delivered_on(reports: pd.DataFrame) -> list[date]:
    """The day of each report; that on which it was received where the frame has no other."""
    return (reports["day"] if "day" in reports else pd.to_datetime(reports["received_at"], utc=True).dt.date).tolist()


def _cluster_of(clusters: Sequence[Sequence[int]], size: int) -> Ints:
    """The number of each row's cluster."""
    of = np.zeros(size, dtype=np.int64)
    for number, group in enumerate(clusters):
        of[list(group)] = number
    return of


class _EarlierReviews:
    """Which questions are not to be asked, since people were asked, have decided, or could change nothing.

    `asked`, `decided`: pairs of rows, in either order.
    """

    def __init__(
        self,
        clusters: Sequence[Sequence[int]],
        is_new: Bools,
        scored: ScoredPairs,
        constraints: PairConstraints,
        asked: Sequence[Pair],
        decided: Sequence[Pair],
    ) -> None:
        self._of = _cluster_of(clusters, len(is_new))
        self._is_new = is_new
        self._asked, self._decided = ({frozenset(pair) for pair in pairs} for pairs in (asked, decided))
        self._asked_clusters, self._apart = (self._of_clusters(pairs) for pairs in (asked, constraints.cannot_link))
        self._constraints, self._clusters = constraints, clusters
        self._said_one = initial_groups(len(is_new), {}, constraints)
        at = np.flatnonzero(scored.is_barred)
        self._barred = {frozenset(pair) for pair in zip(scored.a[at].tolist(), scored.b[at].tolist(), strict=True)}

    def is_closed(self, a: int, b: int) -> bool:
        """Of two clusters: any pair between them was asked about. Of one: this pair was, or a person said by way of
        other reports that the two are one, or `a` is of an incident from before the open days, which none leaves."""
        pair = frozenset((a, b))
        if self._of[a] != self._of[b]:
            return self._between(a, b) in self._asked_clusters or pair in self._barred
        if not self._is_new[a] or pair in self._asked:
            return True
        return bool(self._said_one[a] == self._said_one[b]) and pair not in self._decided

    def is_decided(self, a: int, b: int) -> bool:
        """True where a person has decided: on any pair between two clusters or to leave one alone, or on this pair of
        one."""
        if self._of[a] != self._of[b]:
            return self._between(a, b) in self._apart or self._is_left_alone(a) or self._is_left_alone(b)
        return frozenset((a, b)) in self._decided

    def _is_left_alone(self, row: int) -> bool:
        until = self._constraints.alone_until
        return any(until.get(member) == date.max for member in self._clusters[self._of[row]])

    def _between(self, a: int, b: int) -> frozenset[int]:
        return frozenset((int(self._of[a]), int(self._of[b])))

    def _of_clusters(self, pairs: Iterable[Pair]) -> set[frozenset[int]]:
        return {self._between(a, b) for a, b in pairs}


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
