"""People's decisions as constraints on clustering: pairs of rows that must be one incident, or never are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[int, int]


@dataclass(frozen=True)
class PairConstraints:
    """What people decided on pairs of rows: one incident, or never one."""

    must_link: frozenset[Pair] = frozenset()
    cannot_link: frozenset[Pair] = frozenset()


def constraints_from_decisions(decisions: Sequence[tuple[str, str, bool]], rows: Mapping[str, int]) -> PairConstraints:
    """The constraints on the rows that decisions give. `decisions`: (report, report, whether they are one incident),
    oldest first.

    Of decisions that contradict each other the later counts; an earlier one that is not compatible with it is left out.
    """
    parent: dict[str, str] = {}

    def root(report: str) -> str:
        while parent.setdefault(report, report) != report:
            report = parent[report]
        return report

    apart: list[tuple[str, str]] = []
    for one, two, is_same in reversed(decisions):
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
    return PairConstraints(frozenset(chains), frozenset((min(pair), max(pair)) for pair in parted))
