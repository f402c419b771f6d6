"""What the comparisons come to: how likely two reports are one incident, and what may never be merged by a machine."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from tasking.linkage.comparisons import FEATURES, Groups, compare, person_known
from tasking.linkage.pairs import SPAN_H
from tasking.linkage.place_and_time import Kinds, gap_hours, place_ratio, time_ratio
from tasking.linkage.stack import SOURCES, Bools, Floats, Ints, Stack
from tasking.linkage.weights import Weights

_AT: Final = {name: i for i, name in enumerate(FEATURES)}
_HOPELESS: Final = -1.0  # where and when together: nothing else can make up for it, unless who or what it was does
_OTHER_TIME_H: Final = 18.0  # both tell when, and it is this far apart
_PLACE_AGREES: Final = 0.8
_OTHER_STREET_AGREES: Final = 3.2
_SPECIAL: Final = 2.2  # more in common than the kind of event says already
_ELSEWHERE: Final = -2.5  # both say where, and it is another place
_SAME_HOURS: Final = 0.3  # log-odds by the time alone
_NOT_ELSEWHERE: Final = -0.5
_NOT_ANOTHER_DAY: Final = -0.1
_MUCH_IN_COMMON: Final = 5.0
_CHUNK: Final = 50_000  # pairs at once: bounds the memory
_THREADS: Final = 2


@dataclass(frozen=True)
class Judged:
    """Pairs of rows of a stack. `features` has a column for each of FEATURES, `log_odds` what they weigh.

    `is_vetoed`: can't be one incident (another time, another person). `is_barred`: a person may say so, a machine may
    not (other house numbers; one partner that tells of an incident once). `is_sure`: agrees on the place, or on who
    or what it was; without that nothing is merged unasked. `is_identity`: the same person, caller or report.
    `is_lasting`: the same vehicle or reference, which holds for weeks.
    """

    a: Ints
    b: Ints
    features: Floats
    log_odds: Floats
    is_vetoed: Bools
    is_barred: Bools
    is_sure: Bools
    is_identity: Bools
    is_lasting: Bools


def judge(stack: Stack, a: Ints, b: Ints, kind: Kinds, weights: Weights, concepts: tuple[str, ...]) -> Judged:
    """Judges pairs; those that come to less than a question are left out."""
    groups = weights.groups(concepts)
    starts = range(0, max(len(a), 1), _CHUNK)

    def part(start: int) -> Judged:
        return _judged(stack, a[start : start + _CHUNK], b[start : start + _CHUNK], kind, weights, groups)

    with ThreadPoolExecutor(_THREADS) as threads:
        found = list(threads.map(part, starts))  # numpy lets go of the interpreter in its long loops
    return Judged(*(np.concatenate([getattr(one, name.name) for one in found]) for name in fields(Judged)))


def _judged(stack: Stack, a: Ints, b: Ints, kind: Kinds, weights: Weights, groups: Groups) -> Judged:
    """Judges pairs in three steps, each dearer than the last, and each leaving out what can't be asked about."""
    is_known = _share_an_identity(stack, a, b)
    where = place_ratio(stack, a, b)
    near = np.flatnonzero((where > _ELSEWHERE) | is_known)
    a, b, where, is_known = a[near], b[near], where[near], is_known[near]
    when = time_ratio(stack, a, b, kind)
    hopeful = np.flatnonzero((where + when > _HOPELESS) | is_known)
    a, b = a[hopeful], b[hopeful]
    table = compare(stack, a, b, kind, groups, where[hopeful])
    log_odds = table @ weights.vector + weights.bias
    kept = np.flatnonzero(log_odds >= weights.ask_above)
    a, b, table = a[kept], b[kept], table[kept]
    doors = _doors(stack, a, b, table, gap_hours(stack, a, b, kind))
    return Judged(a, b, table.astype(np.float32), log_odds[kept], *doors)


def _share_an_identity(stack: Stack, a: Ints, b: Ints) -> Bools:
    """True where both have the caller, the surname or first name of the person concerned, a plate or a reference."""
    shared = np.zeros(len(a), dtype=bool)
    for one, other in (
        (stack.caller_key, stack.caller_key),
        (stack.subject.surname, stack.subject.surname),
        (stack.subject.forename, stack.subject.forename),
        (stack.subject.surname, stack.caller.surname),
        (stack.caller.surname, stack.subject.surname),
        (stack.caller.whole, stack.caller.whole),
    ):
        shared |= (one[a] != 0) & (one[a] == other[b])
    marked = np.flatnonzero((stack.half_plates.lengths[a] > 0) & (stack.half_plates.lengths[b] > 0))
    shared[marked] |= stack.near_plates.shared(a[marked], b[marked]) > 0
    refers = np.flatnonzero((stack.references.lengths[a] > 0) | (stack.references.lengths[b] > 0))
    shared[refers] |= stack.references.has(a[refers], stack.own_reference[b[refers]])
    shared[refers] |= stack.references.has(b[refers], stack.own_reference[a[refers]])
    return shared


def _doors(stack: Stack, a: Ints, b: Ints, table: Floats, gap: Floats) -> tuple[Bools, ...]:
    def of(name: str) -> Floats:
        return np.asarray(table[:, _AT[name]])

    restricted = stack.is_restricted[a] | stack.is_restricted[b]
    near = (of("where") >= _PLACE_AGREES) | (of("same_name") > 0) | (of("corner") > 0)
    born = (stack.subject.born[a] != 0) & (stack.subject.born[a] == stack.subject.born[b])
    someone = (of("subject") > 0) & (near | born | (of("where") == 0))
    somebody = (of("subject_likely") > 0) & near
    identity = someone | somebody | (of("again") > 0) | (of("reference") > 0)
    caller = ((of("caller") > 0) | (of("crossed") > 0)) & near & (of("subject_apart") == 0)
    # A surname is a family's and a telephone a household's: what is sensitive asks for more.
    whole, initial = person_known(stack, a, b)
    by_date = (stack.source[a] == SOURCES.index("day")) | (stack.source[b] == SOURCES.index("day"))
    same_day = (of("when") >= _NOT_ANOTHER_DAY) & (of("after") == 0) & ~(by_date & (gap > 0))
    certain = same_day & ((whole & (born | near | (of("where") > _NOT_ELSEWHERE))) | (initial & near))
    likely = somebody & (of("when") >= _SAME_HOURS) & (of("after") == 0) & ~by_date
    private = certain | likely | (of("again") > 0) | (of("reference") > 0)
    identity = np.where(restricted, private, identity | caller)
    plates = of("plates") > 0.5
    placed = near & ~((of("other_street") > 0) & (of("where") < _OTHER_STREET_AGREES))
    alike = (of("where") > 0.3) & (of("concepts") >= _MUCH_IN_COMMON) & (of("other_street") == 0)
    lasting = plates | (of("reference") > 0)
    far = np.abs(stack.received_h[a] - stack.received_h[b]) > SPAN_H
    sure = (placed | alike | plates | identity) & (of("separate") == 0) & (~far | lasting)
    vetoed = (gap > _OTHER_TIME_H) & (of("reference") == 0) & (of("again") == 0)
    vetoed |= (of("subject_apart") > 0) & restricted & (of("crossed") == 0)
    vetoed |= (of("where") < _ELSEWHERE) & (of("same_name") == 0) & ~identity & ~lasting
    # Neither says when, and all they have in common is the kind and the spot: any two heaps of a week would do.
    assumed = SOURCES.index("assumed")
    is_timeless = (stack.source[a] == assumed) & (stack.source[b] == assumed) & (of("what_same") > 0)
    is_special = (of("concepts") >= _SPECIAL) | (of("words") >= 2) | (of("mentioned") > 0) | (of("plates") >= 0.8)
    barred = (is_timeless & ~is_special) | ((of("tells_once") > 0) | (of("numbers_apart") > 0))
    barred &= ~identity & ~lasting
    return tuple(np.asarray(one) for one in (vetoed, vetoed | barred, sure, identity, lasting))
