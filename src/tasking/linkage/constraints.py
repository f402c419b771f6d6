"""People's decisions as constraints on clustering: pairs of rows that must be one incident, or never are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tasking.model.incident import Decision

Pair = tuple[int, int]


@dataclass(frozen=True)
class PairConstraints:
    """What people decided on pairs of rows: one incident, or never one.

    `alone_until`: row -> the last day whose reports linking may not join to it; `date.max` for all reports.
    `delivered_on`: the day of each row.
    """

    must_link: frozenset[Pair] = frozenset()
    cannot_link: frozenset[Pair] = frozenset()
    alone_until: Mapping[int, date] = field(default_factory=dict)
    delivered_on: Sequence[date] = ()

    def keep_alone(self, one: Sequence[int], other: Sequence[int]) -> bool:
        """True where a person decided that linking joins no such reports to one of these two groups of rows."""
        return self._is_alone_from(one, other) or self._is_alone_from(other, one)

    def _is_alone_from(self, one: Sequence[int], other: Sequence[int]) -> bool:
        until = max((self.alone_until[row] for row in one if row in self.alone_until), default=None)
        return until is not None and any(self.delivered_on[row] <= until for row in other)


def constraints_from_decisions(
    decisions: Sequence[Decision], rows: Mapping[str, int], delivered_on: Sequence[date]
) -> PairConstraints:
    """The constraints on the rows that decisions give, oldest first. `delivered_on`: the day of each row.

    Of decisions that contradict each other the later counts; an earlier one that is not compatible with it is left out.
    """
    parent: dict[str, str] = {}

    def root(report: str) -> str:
        while parent.setdefault(report, report) != report:
            report = parent[report]
        return report

    apart: list[tuple[str, str]] = []
    for one, two, is_same, alone_until in reversed(decisions):
        if alone_until is not None:
            continue
        first, second = root(one), root(two)
        if first == second:
            continue
        if not is_same:
            apart.append((one, two))
        elif not any({root(a), root(b)} == {first, second} for a, b in apart):
            parent[first] = second
    members: dict[str, list[int]] = defaultdict(list)
    for report, row in rows.items():
        if report in parent:
            members[root(report)].append(row)
    chains = [pair for group in members.values() for pair in zip(sorted(group), sorted(group)[1:], strict=False)]
    parted = [(a, b) for one, two in apart for a in members[root(one)] for b in members[root(two)]]
    never = frozenset((min(pair), max(pair)) for pair in parted)
    return PairConstraints(frozenset(chains), never, _alone(decisions, rows), delivered_on)


def _alone(decisions: Sequence[Decision], rows: Mapping[str, int]) -> dict[int, date]:
    """Row -> the last day whose reports linking may not join to it. What somebody merged after that is as they merged
    it: a later decision that two reports are one incident lifts what was decided on either before."""
    latest: dict[str, date | None] = {}
    for one, two, is_same, alone_until in reversed(decisions):
        if alone_until is not None:
            latest.setdefault(one, alone_until)
        elif is_same:
            latest.setdefault(one, None)
            latest.setdefault(two, None)
    return {rows[report]: until for report, until in latest.items() if until is not None and report in rows}
