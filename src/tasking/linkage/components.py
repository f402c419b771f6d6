"""Connected components: the rows that pairs tie together, directly or through others."""

import numpy as np

from tasking.linkage.number_sets import Ints


def component_of(a: Ints, b: Ints, size: int) -> Ints:
    """For each of `size` rows the number of its connected component. `a`, `b`: the rows of each pair."""
    from scipy.sparse import coo_array  # takes a while to import; most starts link nothing
    from scipy.sparse.csgraph import connected_components

    if not len(a):
        return np.arange(size, dtype=np.int64)
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
