"""One day's linkage: reports and their signals in, incidents, links with reasons and questions out."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import numpy as np
import pandas as pd

from tasking.config.lexicon import Lexicon
from tasking.linkage.incidents import agreed, settle
from tasking.linkage.judgement import Judged, judge
from tasking.linkage.pairs import candidate_pairs
from tasking.linkage.place_and_time import Kinds
from tasking.linkage.reasons import evidence, score_of
from tasking.linkage.signals import VERSION as SIGNALS_VERSION
from tasking.linkage.stack import Stack, stacked
from tasking.linkage.weights import Weights
from tasking.model.incident import Decision, Evidence, Link, Linkage, Membership, Question

A_PERSON_SAID_SO: Final = Evidence("who", "a person said so", 99.0)


@dataclass(frozen=True)
class Linker:
    """What linking needs beside the reports: the weights in force and what the declarations say of categories."""

    lexicon: Lexicon
    weights: Weights
    kinds: Kinds
    categories: tuple[str, ...]
    tells_once: frozenset[str]

    @property
    def version(self) -> str:
        return f"{self.weights.version}+{SIGNALS_VERSION}"

    def stack(self, reports: pd.DataFrame) -> Stack:
        return stacked(reports, self.categories, self.tells_once)

    def judged(self, stack: Stack, is_new: np.ndarray) -> Judged:
        a, b = candidate_pairs(stack, is_new)
        return judge(stack, a, b, self.kinds, self.weights, self.lexicon.concepts)

    def link(
        self,
        reports: pd.DataFrame,
        decisions: Sequence[Decision] = (),
        stored: Mapping[str, str] | None = None,
        known: Mapping[str, str] | None = None,
        asked: Sequence[tuple[str, str]] = (),
        most_questions: int = 0,
        most_restricted: int | None = None,
    ) -> Linkage:
        """The incident of every report that is in none yet, and what a person should be asked.

        `reports`: report_id, feed, category, received_at, caller_key, is_restricted, signals (JSON), incident_id
        (null where not yet linked). `decisions`: oldest first. `stored`: what an earlier run said of these reports, so
        that an incident keeps its id; `known`: what was so before the day, which needs no reasons again. `asked`:
        pairs that people were asked about already. Row order does not matter. `most_restricted`: how many of
        the questions may be about something restricted; `most_questions` then counts the others alone, so that what is
        asked about public reports says nothing of the rest. Without it they share.
        """
        order = np.lexsort((reports["report_id"].to_numpy(str), reports["received_at"].to_numpy()))
        reports = reports.iloc[order].reset_index(drop=True)
        stack = self.stack(reports)
        incident = reports["incident_id"]
        is_new = incident.isna().to_numpy()
        judged = self.judged(stack, is_new)
        rows = {report: i for i, report in enumerate(reports["report_id"].tolist())}
        said = agreed([(one.report_a, one.report_b, one.is_same) for one in decisions], rows)
        before = {i: one for i, one in enumerate(incident.tolist()) if not is_new[i]}
        groups = settle(stack, judged, before, said, self.weights.merge_above)
        ids, received_at = reports["report_id"].tolist(), reports["received_at"].tolist()
        names = _named(groups, before, ids, received_at, stored or {})
        memberships = []
        inside = _pairs_inside(judged, groups)
        for group, name in zip(groups, names, strict=True):
            for row, pair in _tree(group, judged, inside):
                if is_new[row] and known and known.get(ids[row]) == name:
                    memberships.append(Membership(ids[row], name, None))
                elif is_new[row]:
                    other = None if pair is None else int(judged.a[pair] + judged.b[pair] - row)
                    memberships.append(self._membership(stack, judged, group, row, other, pair, name))
        answered = [(rows[a], rows[b]) for a, b in asked if a in rows and b in rows]
        questions = self._questions(
            stack, judged, groups, [*said.different, *answered], _Room(most_questions, most_restricted)
        )
        return Linkage(tuple(memberships), questions, self.version)

    def _membership(
        self,
        stack: Stack,
        judged: Judged,
        group: Sequence[int],
        row: int,
        other: int | None,
        pair: int | None,
        incident_id: str,
    ) -> Membership:
        report = str(stack.report_id[row])
        if pair is not None and other is not None:
            why = evidence(stack, judged, pair, self.weights.listed, self.lexicon.concepts)
            return Membership(report, incident_id, Link(
                report, str(stack.report_id[other]), score_of(judged.log_odds[pair]), why))  # fmt: skip
        if row != group[0]:
            first = str(stack.report_id[group[0]])
            return Membership(report, incident_id, Link(report, first, 1.0, (A_PERSON_SAID_SO,)))
        return Membership(report, incident_id, None)

    def _questions(
        self,
        stack: Stack,
        judged: Judged,
        groups: Sequence[Sequence[int]],
        closed: Sequence[tuple[int, int]],
        room: "_Room",
    ) -> tuple[Question, ...]:
        """The likeliest pair of every two groups that may be one, best first; none between groups of which a pair is
        closed: a person has parted it, or has been asked."""
        of = np.zeros(stack.size, dtype=np.int64)
        for number, group in enumerate(groups):
            of[list(group)] = number
        parted = {frozenset((int(of[a]), int(of[b]))) for a, b in closed}
        open_pairs = (judged.log_odds >= self.weights.ask_above) & ~judged.is_vetoed & (of[judged.a] != of[judged.b])
        asked: set[frozenset[int]] = set()
        found: list[Question] = []
        candidates = np.flatnonzero(open_pairs)
        for pair in candidates[np.lexsort((judged.b[candidates], judged.a[candidates], -judged.log_odds[candidates]))]:
            if room.is_full:
                break
            a, b = int(judged.a[pair]), int(judged.b[pair])
            two = frozenset((int(of[a]), int(of[b])))
            if two in asked or two in parted:
                continue
            asked.add(two)
            is_restricted = bool(stack.is_restricted[[*groups[of[a]], *groups[of[b]]]].any())
            if not room.takes(is_restricted=is_restricted):
                continue
            found.append(Question(
                str(stack.report_id[a]), str(stack.report_id[b]), score_of(judged.log_odds[pair]),
                evidence(stack, judged, int(pair), self.weights.listed, self.lexicon.concepts),
                is_restricted,
            ))  # fmt: skip
        return tuple(found)


class _Room:
    """How many questions may still be asked: about public incidents and about restricted ones, apart or together."""

    def __init__(self, most: int, most_restricted: int | None) -> None:
        self.public, self.restricted = most, most_restricted

    @property
    def is_full(self) -> bool:
        return self.public <= 0 and (self.restricted or 0) <= 0

    def takes(self, *, is_restricted: bool) -> bool:
        """Takes a place for a question; false where there is none."""
        if is_restricted and self.restricted is not None:
            self.restricted -= 1
            return self.restricted >= 0
        self.public -= 1
        return self.public >= 0


def _named(
    groups: Sequence[Sequence[int]],
    before: Mapping[int, str],
    reports: Sequence[str],
    received_at: Sequence[Any],
    stored: Mapping[str, str],
) -> list[str]:
    """The id of each group: that of the incident it was, else the one that most of it had in an earlier run, else one
    made of its first report. No two groups have the same."""
    names: list[str | None] = []
    wishes: list[tuple[int, int, str]] = []
    taken: set[str] = set()
    for number, group in enumerate(groups):
        name = next((before[row] for row in group if row in before and before[row] not in taken), None)
        names.append(name)
        if name:
            taken.add(name)
        elif stored:
            had = Counter(stored[reports[row]] for row in group if reports[row] in stored)
            wishes += [(-count, number, one) for one, count in had.items()]
    for _, number, wish in sorted(wishes):
        if names[number] is None and wish not in taken:
            names[number] = wish
            taken.add(wish)
    out = []
    for name, group in zip(names, groups, strict=True):
        # The id of its first report may be another's by now: the report founded an incident that it has left.
        first = group[0]
        fresh = (incident_id(reports[first] + "'" * again, received_at[first]) for again in count())
        out.append(name or next(one for one in fresh if one not in taken))
        taken.add(out[-1])
    return out


def incident_id(first_report: str, received_at: Any) -> str:
    """The id of a new incident, made of its first report."""
    return f"I{received_at:%y%m%d}-{hashlib.sha256(first_report.encode()).hexdigest()[:8]}"


def _pairs_inside(judged: Judged, groups: Sequence[Sequence[int]]) -> Mapping[int, list[int]]:
    """Row -> its judged pairs inside its group."""
    of: dict[int, int] = {}
    for number, group in enumerate(groups):
        if len(group) > 1:
            of.update(dict.fromkeys(group, number))
    if not of:
        return {}
    size = max(of) + 1
    numbers = np.full(size, -1)
    numbers[list(of)] = list(of.values())
    inside = np.flatnonzero((judged.a < size) & (judged.b < size))
    inside = inside[(numbers[judged.a[inside]] >= 0) & (numbers[judged.a[inside]] == numbers[judged.b[inside]])]
    found: dict[int, list[int]] = defaultdict(list)
    for pair in inside.tolist():
        found[int(judged.a[pair])].append(pair)
        found[int(judged.b[pair])].append(pair)
    return found


def _tree(group: Sequence[int], judged: Judged, pairs: Mapping[int, list[int]]) -> list[tuple[int, int | None]]:
    """The rows of a group from its first on, each with the best pair that ties it to those before it (None: a
    person's)."""
    if len(group) == 1:
        return [(group[0], None)]
    inside = {group[0]}
    tree: list[tuple[int, int | None]] = [(group[0], None)]
    while len(inside) < len(group):
        best: tuple[bool, float, int] | None = None
        for row in inside:
            for pair in pairs.get(row, ()):
                other = int(judged.a[pair] + judged.b[pair] - row)
                if other not in inside:
                    rank = (bool(judged.is_sure[pair]), float(judged.log_odds[pair]), -pair)
                    best = max(best, rank) if best else rank
        if best is None:
            row = next(row for row in group if row not in inside)
            tree.append((row, None))
        else:
            pair = -best[2]
            row = int(judged.a[pair]) if int(judged.b[pair]) in inside else int(judged.b[pair])
            tree.append((row, pair))
        inside.add(row)
    return tree
