"""Sets of numbers side by side: what the sparse matrices say is what plain sets say."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tasking.linkage.number_sets import Sets

NUMBERS = st.sampled_from([1, 2, 3, 2**47 - 1, 2**62, -5, 0])
ROWS = st.lists(st.lists(NUMBERS, unique=True, max_size=5), min_size=1, max_size=6)


@settings(deadline=None)
@given(st.data(), ROWS, st.integers(min_value=1, max_value=6))
def test_shared_and_has_are_what_plain_sets_say(data, rows, most):
    others = data.draw(st.lists(st.lists(NUMBERS, unique=True, max_size=5), min_size=len(rows), max_size=len(rows)))
    at = st.integers(min_value=0, max_value=len(rows) - 1)
    pairs = data.draw(st.lists(st.tuples(at, at), max_size=8))
    a, b = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    one, other = Sets.of(rows), Sets.of(others)
    assert one.lengths.tolist() == [len(row) for row in rows]
    assert list(zip(one.reports.tolist(), one.values.tolist(), strict=True)) == [
        (number, value) for number, row in enumerate(rows) for value in row
    ]
    assert one.shared(a, b, most).tolist() == [len({*rows[x][:most]} & {*rows[y]}) for x, y in pairs]
    assert one.shared_with(other, a, b, most).tolist() == [len({*rows[x][:most]} & {*others[y]}) for x, y in pairs]
    values = np.array([data.draw(NUMBERS) for _ in pairs], dtype=np.int64)
    assert one.has(a, values).tolist() == [value in rows[x] for x, value in zip(a, values.tolist(), strict=True)]


def test_many_pairs_are_taken_in_parts():
    rows = [[1, 2], [2, 3], []]
    a = np.tile(np.array([0, 1, 2]), 40_000)
    b = np.roll(a, 1)
    plain = {(0, 2): 0, (1, 0): 1, (2, 1): 0}
    assert Sets.of(rows).shared(a, b).tolist() == [plain[pair] for pair in zip(a.tolist(), b.tolist(), strict=True)]
