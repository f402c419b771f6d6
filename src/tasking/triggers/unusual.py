"""How unlikely a count at a place is, given the place's own past."""

from math import exp, lgamma, log, log1p
from typing import Final

_PRIOR: Final = 0.5  # Jeffreys: half an incident before anything is known


def tail_probability(count: int, past: int, share: float) -> float:
    """The probability of `count` or more incidents in a window, given `past` in an earlier one 1/`share` times as long.

    Incidents come by a Poisson process whose rate is known from the past only, so the count is negative binomial (the
    gamma-Poisson posterior predictive): a place without a past has no rate of nought. `share` > 0.
    """
    if count <= 0:
        return 1.0
    shape = past + _PRIOR
    quiet, busy = -log1p(share), log(share) - log1p(share)
    below = sum(exp(lgamma(shape + k) - lgamma(shape) - lgamma(k + 1) + shape * quiet + k * busy) for k in range(count))
    return max(0.0, 1.0 - below)
